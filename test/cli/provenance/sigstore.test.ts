import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { keptRoot } from "../../../cli/provenance/sigstore.ts";
import { UserError } from "../../../rules/problems.ts";

describe("the keys of the public Sigstore", () => {
  it("are asked for once, into a folder of this process that is gone then", async () => {
    const folders: string[] = [];
    const root = TrustedRoot.fromJSON({});
    const trustedRoot = keptRoot(async (folder) => {
      assert.ok(existsSync(folder));
      folders.push(folder);
      return Promise.resolve(root);
    });
    const found = await Promise.all([trustedRoot(), trustedRoot()]);
    assert.ok([...found, await trustedRoot()].every((one) => one === root));
    assert.equal(folders.length, 1);
    const [folder = ""] = folders;
    assert.match(folder, new RegExp(`slipway-tuf-${process.pid}-`));
    assert.ok(!existsSync(folder));
  });

  it("are a user's fault, told once, where nobody gives them", async () => {
    let count = 0;
    const trustedRoot = keptRoot(async () => {
      count++;
      return Promise.reject(new Error("HTTP 503"));
    });
    const refused = async () =>
      assert.rejects(trustedRoot(), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /keys cannot be had \(HTTP 503\); check that https/);
        return true;
      });
    await refused();
    await refused();
    assert.equal(count, 1);
  });
});
