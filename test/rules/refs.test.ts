// Does not prove that GitHub matches these patterns as documented.
import assert from "node:assert/strict";
import { deploymentPolicies } from "../../rules/refs.ts";

describe("refs that may enter the publishing environment", () => {
  it("are main, release branches and release candidates for PyTorch", () => {
    assert.deepEqual(deploymentPolicies(["pytorch"]), [
      { kind: "branch", pattern: "main" },
      { kind: "branch", pattern: "release/*" },
      { kind: "tag", pattern: "v*-rc*" },
    ]);
  });

  it("are main alone for TheRock, whose stage branches hold no secret", () => {
    assert.deepEqual(deploymentPolicies(["therock"]), [{ kind: "branch", pattern: "main" }]);
  });

  it("are each named once where families of both schemes share a repository", () => {
    const both = deploymentPolicies(["therock", "pytorch", "therock"]);
    assert.deepEqual(
      both.map(({ kind, pattern }) => `${kind} ${pattern}`),
      ["branch main", "branch release/*", "tag v*-rc*"],
    );
  });

  it("are none where there is no family", () => {
    assert.deepEqual(deploymentPolicies([]), []);
  });
});
