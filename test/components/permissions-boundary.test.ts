// Does not prove what IAM makes of the document: see test/access/permissions-actions.test.ts.
import assert from "node:assert/strict";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { PermissionsBoundary } from "../../components/permissions-boundary.ts";
import { logIn } from "../../rules/permissions.ts";
import { policyDocument } from "../../rules/policy-document.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const args = {
  policyName: "slipway-workflow-boundary",
  path: "/slipway/",
  description: "The most that workflows' roles can do",
  document: policyDocument([logIn]),
};
const policy = "aws:iam/policy:Policy";
const arn = "arn:aws:iam::308535385114:policy/slipway/slipway-workflow-boundary";

describe("PermissionsBoundary", () => {
  it("is one managed policy, the same in a preview", async () => {
    const run = await previewParity(() => new PermissionsBoundary("workflow", args));
    assert.deepEqual(run.list(), [
      "aws:iam/policy:Policy workflow-policy < workflow",
      "slipway:index:PermissionsBoundary workflow",
    ]);
  });

  it("has its name, path and document, and tags where they are given", async () => {
    const run = await runInEngine(
      () => new PermissionsBoundary("workflow", { ...args, tags: { a: "b" } }),
    );
    const { policy: document, ...rest } = run.resource(policy).inputs;
    assert.deepEqual(JSON.parse(document as string), args.document);
    assert.deepEqual(rest, {
      name: "slipway-workflow-boundary",
      path: "/slipway/",
      description: "The most that workflows' roles can do",
      tags: { a: "b" },
    });
  });

  it("registers its outputs once", async () => {
    const run = await runInEngine(() => new PermissionsBoundary("workflow", args));
    const { registeredOutputs } = run.resource("slipway:index:PermissionsBoundary");
    assert.deepEqual(registeredOutputs, [{ arn }]);
    assert.equal(await value(run.result.arn), arn);
  });

  it("hands its provider and protection on to the policy", async () => {
    const run = await runInEngine(() => {
      const provider = new AwsProvider("aws", { region: "us-east-1" });
      return new PermissionsBoundary("workflow", args, { provider, protect: true });
    });
    const { protect, provider } = run.resource(policy).options;
    assert.deepEqual([protect, provider], [true, "aws"]);
  });

  it("stands beside another of its kind", async () => {
    const run = await runInEngine(() => [
      new PermissionsBoundary("workflow", args),
      new PermissionsBoundary("deploy", { ...args, policyName: "slipway-deploy-boundary" }),
    ]);
    assert.equal(run.resources.length, 4);
  });

  it("refuses a document that IAM does not take, before anything is declared", async () => {
    const Resource = Array.from({ length: 300 }, (_, index) => `arn:aws:s3:::bucket-${index}`);
    const document = policyDocument([{ Effect: "Allow", Action: "s3:ListBucket", Resource }]);
    await assert.rejects(
      runInEngine(() => new PermissionsBoundary("workflow", { ...args, document })),
      {
        name: "ProblemsError",
        message:
          /^policy slipway-workflow-boundary: 1 problem\n {2}document: has \d+ characters, and IAM takes 6144: /,
      },
    );
  });
});
