import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { withTemporaryFolder } from "../../local/temporary-folder.ts";

describe("a temporary folder", () => {
  let parent: string;
  const earlier = process.env["TMPDIR"];
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "slipway-temporary-"));
    process.env["TMPDIR"] = parent;
  });
  afterEach(() => {
    if (earlier === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = earlier;
    rmSync(parent, { recursive: true });
  });

  it("is this user's alone, and gone afterwards with all that is in it", async () => {
    const folder = await withTemporaryFolder("slipway-thing", async (path) => {
      assert.equal(statSync(path).mode & 0o777, 0o700);
      writeFileSync(join(path, "file"), "");
      return path;
    });
    assert.ok(!existsSync(folder));
  });

  it("is gone after a fault, too", async () => {
    const fault = new Error("no");
    await assert.rejects(
      withTemporaryFolder("slipway-thing", () => Promise.reject(fault)),
      fault,
    );
    assert.deepEqual(readdirSync(parent), []);
  });

  it("takes away what killed processes left of the same purpose, and nothing else", async () => {
    const dead = execa("true");
    await dead;
    const others = [
      `slipway-thing-${process.pid}-abcdef`,
      `slipway-other-${dead.pid!}-abcdef`,
      "slipway-thing-abcdef",
    ];
    for (const name of [`slipway-thing-${dead.pid!}-abcdef`, ...others]) {
      mkdirSync(join(parent, name));
      writeFileSync(join(parent, name, "config.json"), "{}");
    }
    await withTemporaryFolder("slipway-thing", async () => undefined);
    assert.deepEqual(readdirSync(parent).sort(), others.sort());
  });
});
