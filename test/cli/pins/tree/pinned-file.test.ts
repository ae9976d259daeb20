import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LARGEST_FILE, readPinned, TreeFiles } from "../../../../cli/pins/tree/pinned-file.ts";
import { pinsFileOf } from "../../../../cli/pins/tree/pins-file.ts";
import { ProblemsError, UserError } from "../../../../rules/problems.ts";

describe("a file of a tree", () => {
  let folder: string;
  let root: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-pinned-"));
    root = join(folder, "tree");
    await mkdir(join(root, "sub"), { recursive: true });
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it("is read as it is, in a tree behind a link, too", async () => {
    await writeFile(join(root, "sub/a"), Buffer.from([0xff, 0, 10]));
    await symlink("tree", join(folder, "link"));
    assert.deepEqual(await readPinned(root, "sub/a"), Buffer.from([0xff, 0, 10]));
    assert.deepEqual(await readPinned(join(folder, "link"), "sub/a"), Buffer.from([0xff, 0, 10]));
  });

  it("is nothing that lies elsewhere, is no file, is gone or is too large", async () => {
    await writeFile(join(folder, "secret"), "x");
    await symlink("../secret", join(root, "link"));
    await symlink("sub", join(root, "linked"));
    await writeFile(join(root, "sub/a"), "x");
    await writeFile(join(root, "large"), "");
    await truncate(join(root, "large"), LARGEST_FILE + 1);
    execFileSync("mkfifo", [join(root, "pipe")]);
    const tree = new TreeFiles(root);
    const kinds = {
      link: "link",
      "linked/a": "link",
      "../secret": "outside",
      [join(folder, "secret")]: "outside",
      none: "none",
      "none/a": "none",
      "sub/a/b": "none",
      sub: "other",
      pipe: "other",
      large: "large",
    };
    for (const [path, kind] of Object.entries(kinds)) {
      assert.equal(tree.read(path).kind, kind, path);
      await assert.rejects(readPinned(root, path), UserError, path);
    }
  });

  it("needs a tree that is there", () => {
    assert.throws(() => new TreeFiles(join(folder, "none")), UserError);
  });

  it("says by pins.yaml what holds for the tree, or has all of its faults told", async () => {
    assert.deepEqual(await pinsFileOf(root), { images: [], exclude: [] });
    await writeFile(join(root, "pins.yaml"), "\uFEFFexclude: [a]\r\n");
    assert.deepEqual(await pinsFileOf(root), { images: [], exclude: ["a"] });
    await writeFile(join(root, "pins.yaml"), "oldest: never\nother: 1\n");
    await assert.rejects(pinsFileOf(root), (error: unknown) => {
      assert.ok(error instanceof ProblemsError);
      assert.equal(error.problems.length, 2);
      return true;
    });
    await rm(join(root, "pins.yaml"));
    await symlink("../secret", join(root, "pins.yaml"));
    await assert.rejects(
      pinsFileOf(root),
      /pins\.yaml is or lies behind a symbolic link, .*; write/,
    );
    await rm(join(root, "pins.yaml"));
    await mkdir(join(root, "pins.yaml"));
    await assert.rejects(
      pinsFileOf(root),
      /^UserError: .*pins\.yaml is no file; write it as a file/,
    );
  });
});
