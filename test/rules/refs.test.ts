// Does not prove that GitHub matches these patterns as documented.
import assert from "node:assert/strict";
import { deploymentPolicies } from "../../rules/refs.ts";

describe("refs that may enter an environment", () => {
  const policies = (...schemes: ("pytorch" | "therock")[]) =>
    Object.fromEntries(
      [...deploymentPolicies(schemes)].map(([environment, patterns]) => [
        environment,
        patterns.map(({ kind, pattern }) => `${kind} ${pattern}`),
      ]),
    );

  it("are main, release branches and release candidates for PyTorch", () => {
    assert.deepEqual(policies("pytorch"), {
      "docker-build": ["branch main", "branch release/*", "tag v*-rc*"],
    });
  });

  it("are main alone for TheRock where the secrets are, and any branch where none is", () => {
    assert.deepEqual(policies("therock"), {
      "docker-build": ["branch main"],
      "docker-stage": ["branch **/*"],
    });
  });

  it("are each named once where families of both schemes share a repository", () => {
    assert.deepEqual(policies("therock", "pytorch", "therock"), {
      "docker-build": ["branch main", "branch release/*", "tag v*-rc*"],
      "docker-stage": ["branch **/*"],
    });
  });

  it("are none where there is no family", () => {
    assert.deepEqual(policies(), {});
  });
});
