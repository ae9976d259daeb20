// Does not prove what GitHub does with these inputs.
import assert from "node:assert/strict";
import { Provider as GithubProvider } from "@pulumi/github/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { WorkflowVariables } from "../../components/workflow-variables.ts";
import { previewParity, runInEngine } from "../support/engine.ts";

const type = "github:index/actionsVariable:ActionsVariable";
const args = {
  repository: "pytorch",
  variables: { SLIPWAY_AWS_REGION: "us-east-1", SLIPWAY_READ_ROLE_ARN: pulumi.output("arn") },
};

describe("WorkflowVariables", () => {
  it("are one variable for each name, the same in a preview", async () => {
    const run = await previewParity(() => new WorkflowVariables("workflows", args));
    assert.deepEqual(run.list(), [
      "github:index/actionsVariable:ActionsVariable workflows-SLIPWAY_AWS_REGION < workflows",
      "github:index/actionsVariable:ActionsVariable workflows-SLIPWAY_READ_ROLE_ARN < workflows",
      "slipway:index:WorkflowVariables workflows",
    ]);
    assert.deepEqual(run.resource(type, "workflows-SLIPWAY_READ_ROLE_ARN").inputs, {
      repository: "pytorch",
      variableName: "SLIPWAY_READ_ROLE_ARN",
      value: "arn",
    });
    assert.deepEqual(run.result.names, ["SLIPWAY_AWS_REGION", "SLIPWAY_READ_ROLE_ARN"]);
  });

  it("are replaced one at a time and protected as their owner says", async () => {
    const run = await runInEngine(
      () => new WorkflowVariables("workflows", args, { protect: true }),
    );
    const { options } = run.resource(type, "workflows-SLIPWAY_AWS_REGION");
    assert.equal(options.deleteBeforeReplace, true);
    assert.equal(options.protect, true);
  });

  it("hand their provider on to each", async () => {
    const run = await runInEngine(() => {
      const provider = new GithubProvider("github", { owner: "pytorch" });
      return new WorkflowVariables("workflows", args, { provider });
    });
    const held = run.resources.filter((resource) => resource.type === type);
    assert.equal(held.length, 2);
    for (const { name, options } of held) assert.equal(options.provider, "github", name);
  });

  it("come after what they depend on, each of them", async () => {
    const run = await runInEngine(() => {
      const first = new GithubProvider("first", { owner: "pytorch" });
      return new WorkflowVariables("workflows", args, { dependsOn: [first] });
    });
    const held = run.resources.filter((resource) => resource.type === type);
    assert.equal(held.length, 2);
    for (const { name, options } of held) assert.deepEqual(options.dependencies, ["first"], name);
  });

  it("register their outputs once", async () => {
    const run = await runInEngine(() => new WorkflowVariables("workflows", args));
    assert.deepEqual(run.resource("slipway:index:WorkflowVariables").registeredOutputs, [
      { names: ["SLIPWAY_AWS_REGION", "SLIPWAY_READ_ROLE_ARN"] },
    ]);
  });

  it("may be none, and stand beside others of their kind", async () => {
    const run = await runInEngine(() => [
      new WorkflowVariables("none", { repository: "pytorch", variables: {} }),
      new WorkflowVariables("one", args),
      new WorkflowVariables("two", args),
    ]);
    assert.equal(run.resources.length, 7);
  });

  it("refuse names that GitHub refuses", async () => {
    const variables = { github_thing: "", GITHUB_THING: "" };
    await assert.rejects(
      runInEngine(() => new WorkflowVariables("workflows", { repository: "pytorch", variables })),
      {
        name: "ProblemsError",
        message: [
          "variables of pytorch: 2 problems",
          "  variables.GITHUB_THING: begins with GITHUB_, which GitHub keeps for itself",
          "  variables.github_thing: not a name that GitHub Actions keeps as it is: capital letters, digits and _, no digit first",
        ].join("\n"),
      },
    );
  });
});
