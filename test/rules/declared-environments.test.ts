import assert from "node:assert/strict";
import fc from "fast-check";
import type { Configuration } from "../../rules/configuration.ts";
import {
  admitsAnyBranch,
  declaredEnvironments,
  takesCandidates,
} from "../../rules/declared-environments.ts";
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
  it("are those that families publish in, those that apply and watch the stack, those of candidates and pins, and those of the configuration", () => {
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
        ["docker-candidate", ["branch main"], ["infra"], 0],
        ["docker-pins", ["branch main"], [], 0],
        ["gpu", ["branch main", "tag v*"], ["bob"], 5],
      ],
    );
  });

  it("let those review candidates who review what is applied, unless the configuration names others", () => {
    const deploy = { ...PLAIN, users: ["bob"], preventSelfReview: true, waitTimer: 5 };
    const reviewers = (environments: Configuration["environments"]) =>
      declared(environments, ["pytorch"])
        .filter(({ name }) => name === "docker-candidate")
        .map(({ users, teams, preventSelfReview, waitTimer }) => [
          ...[...users, ...teams],
          preventSelfReview,
          waitTimer,
        ]);
    assert.deepEqual(reviewers({ "docker-deploy": deploy }), [["bob", true, 0]]);
    const own = { ...PLAIN, teams: ["images"], waitTimer: 1 };
    assert.deepEqual(reviewers({ "docker-deploy": deploy, "docker-candidate": own }), [
      ["images", false, 1],
    ]);
    assert.deepEqual(reviewers({}), [[false, 0]]);
  });

  it("take candidates where somebody reviews them, unless the configuration wants none", () => {
    const takes = (environments: Configuration["environments"], candidates = true) =>
      takesCandidates({ candidates }, declared(environments, ["pytorch"]));
    const deploy = { ...PLAIN, users: ["bob"] };
    const own = { ...PLAIN, teams: ["images"] };
    assert.ok(takes({ "docker-deploy": deploy }));
    assert.ok(takes({ "docker-candidate": own }));
    assert.ok(!takes({}));
    assert.ok(!takes({ "docker-build": deploy }));
    assert.ok(!takes({ "docker-deploy": deploy, "docker-candidate": PLAIN }));
    assert.ok(!takes({ "docker-deploy": deploy, "docker-candidate": own }, false));
    assert.ok(!takesCandidates({ candidates: true }, []));
  });

  it("are none in a stack that owns images only", () => {
    const environments = { gpu: { ...PLAIN, branches: ["main"] } };
    assert.deepEqual(declaredEnvironments({ environments, owns: "images" }, ["pytorch"]), []);
  });

  it("admit where they follow from the rule what the rule says, whatever the configuration does", () => {
    const schemes = fc.subarray<Scheme>(["pytorch", "therock"], { minLength: 1 });
    const ofMain = ["deploy", "drift", "candidate", "pins"].map((name) => `docker-${name}`);
    const names = ["docker-build", "docker-stage", ...ofMain];
    const settings = fc.record({ branches: fc.array(fc.string()), tags: fc.array(fc.string()) });
    fc.assert(
      fc.property(schemes, fc.dictionary(fc.constantFrom(...names), settings), (used, given) => {
        const environments = Object.fromEntries(
          Object.entries(given).map(([name, refs]) => [name, { ...PLAIN, ...refs }]),
        );
        const derived = deploymentPolicies(used);
        for (const { name, policies } of declared(environments, used)) {
          if (ofMain.includes(name)) {
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
