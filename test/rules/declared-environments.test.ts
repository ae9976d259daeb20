import assert from "node:assert/strict";
import fc from "fast-check";
import type { Configuration } from "../../rules/configuration.ts";
import { admitsAnyBranch, declaredEnvironments } from "../../rules/declared-environments.ts";
import type { Scheme } from "../../rules/names.ts";
import { deploymentPolicies } from "../../rules/refs.ts";

const PLAIN = {
  users: [],
  teams: [],
  waitTimer: 0,
  preventSelfReview: false,
  branches: [],
  tags: [],
};

function declared(environments: Configuration["environments"], schemes: readonly Scheme[]) {
  return declaredEnvironments({ environments, owns: "all" }, schemes);
}

describe("declared environments", () => {
  it("are those that families publish in, those that apply and watch the stack, and those of the configuration", () => {
    const gpu = { ...PLAIN, users: ["bob"], waitTimer: 5, branches: ["main"], tags: ["v*"] };
    assert.deepEqual(
      declared({ gpu, "docker-deploy": { ...PLAIN, teams: ["infra"] } }, ["therock"]).map(
        ({ name, policies, users, teams, waitTimer }) => [
          name,
          policies.map(({ kind, pattern }) => `${kind} ${pattern}`),
          [...users, ...teams],
          waitTimer,
        ],
      ),
      [
        ["docker-build", ["branch main"], [], 0],
        ["docker-stage", ["branch **/*"], [], 0],
        ["docker-deploy", ["branch main"], ["infra"], 0],
        ["docker-drift", ["branch main"], [], 0],
        ["gpu", ["branch main", "tag v*"], ["bob"], 5],
      ],
    );
  });

  it("are none in a stack that owns images only", () => {
    const environments = { gpu: { ...PLAIN, branches: ["main"] } };
    assert.deepEqual(declaredEnvironments({ environments, owns: "images" }, ["pytorch"]), []);
  });

  it("admit where they follow from the rule what the rule says, whatever the configuration does", () => {
    const schemes = fc.subarray<Scheme>(["pytorch", "therock"], { minLength: 1 });
    const names = ["docker-build", "docker-stage", "docker-deploy", "docker-drift"];
    const settings = fc.record({ branches: fc.array(fc.string()), tags: fc.array(fc.string()) });
    fc.assert(
      fc.property(schemes, fc.dictionary(fc.constantFrom(...names), settings), (used, given) => {
        const environments = Object.fromEntries(
          Object.entries(given).map(([name, refs]) => [name, { ...PLAIN, ...refs }]),
        );
        const derived = deploymentPolicies(used);
        for (const { name, policies } of declared(environments, used)) {
          if (name === "docker-deploy" || name === "docker-drift") {
            assert.deepEqual(policies, [{ kind: "branch", pattern: "main" }]);
          } else if (name === "docker-build" || derived.has("docker-stage")) {
            assert.deepEqual(policies, derived.get(name as "docker-build"));
          }
        }
      }),
    );
  });

  it("admit any branch by a pattern of wildcards alone", () => {
    const admits = (kind: "branch" | "tag", pattern: string) =>
      admitsAnyBranch([
        { kind: "branch", pattern: "main" },
        { kind, pattern },
      ]);
    for (const pattern of ["*", "**", "**/*", "*/*"]) assert.ok(admits("branch", pattern), pattern);
    for (const pattern of ["main", "release/*", "m*"]) {
      assert.ok(!admits("branch", pattern), pattern);
    }
    assert.ok(!admits("tag", "*"));
  });
});
