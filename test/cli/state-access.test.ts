import assert from "node:assert/strict";
import { stateProblem } from "../../cli/state-access.ts";

describe("the place of a stack's state, in a workflow", () => {
  const actions = { GITHUB_ACTIONS: "true" };
  const problem = (config: Record<string, string>, environment: Record<string, string>) =>
    stateProblem("main", config, environment, false);

  it("is missed with every way to give it, where nothing does", () => {
    const said = problem({}, { ...actions, PULUMI_ACCESS_TOKEN: "", PULUMI_BACKEND_URL: "" });
    assert.match(said ?? "", /^nothing tells this job where the state of stack main is: /);
    for (const way of ["slipway:stateBucket", "PULUMI_ACCESS_TOKEN", "PULUMI_BACKEND_URL"]) {
      assert.ok(said?.includes(way), way);
    }
  });

  it("is a bucket of the configuration, Pulumi Cloud, another backend or an earlier login", () => {
    assert.equal(problem({ "slipway:stateBucket": "state" }, actions), undefined);
    assert.equal(problem({}, { ...actions, PULUMI_ACCESS_TOKEN: "token" }), undefined);
    assert.equal(problem({}, { ...actions, PULUMI_BACKEND_URL: "gs://state" }), undefined);
    assert.equal(stateProblem("main", {}, actions, true), undefined);
  });

  it("is not asked for on a person's machine, nor of a stack of the local cloud", () => {
    assert.equal(problem({}, {}), undefined);
    assert.equal(problem({ "slipway:local": "true" }, actions), undefined);
  });
});
