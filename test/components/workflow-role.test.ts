// Does not prove how AWS evaluates the documents: only that these are the ones that are deployed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { WorkflowRole, type WorkflowRoleArgs } from "../../components/workflow-role.ts";
import { readOnlyPermissions } from "../../rules/permissions.ts";
import { previewParity, runInEngine, value } from "../support/engine.ts";

const args: WorkflowRoleArgs = {
  roleName: "gha_workflow_s3_and_ecr_read_only",
  path: "/slipway/",
  boundaryArn: "arn:aws:iam::308535385114:policy/slipway/slipway-workflow-boundary",
  description: "Pulls images",
  trust: {
    providerArn: "arn:aws:iam::308535385114:oidc-provider/token.actions.githubusercontent.com",
    repository: {
      owner: "pytorch",
      name: "pytorch",
      repositoryId: 65600975,
      subjectForm: "name",
    },
    grants: [
      {
        branch: "main",
        jobWorkflowRef: "pytorch/pytorch/.github/workflows/docker-cache.yml@refs/heads/main",
      },
    ],
  },
  permissions: readOnlyPermissions({
    accountId: "308535385114",
    region: "us-east-1",
    repositories: ["pytorch/almalinux-builder", "pytorch/ci-image"],
    buckets: ["gha-artifacts", "ossci-compiler-cache-circleci-v2"],
  }),
  maxSessionSeconds: 18_000,
};
const [role, policy, policies, attachments] = [
  "aws:iam/role:Role",
  "aws:iam/rolePolicy:RolePolicy",
  "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive",
  "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
] as const;

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
}

describe("WorkflowRole", () => {
  it("is a role with one policy and no other, the same in a preview", async () => {
    const run = await previewParity(() => new WorkflowRole("read", args));
    assert.deepEqual(run.list(), [
      "aws:iam/role:Role read-role < read",
      "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive read-policies < read",
      "aws:iam/rolePolicy:RolePolicy read-policy < read",
      "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive read-attachments < read",
      "slipway:index:WorkflowRole read",
    ]);
  });

  it("trusts and allows exactly what the golden documents say", async () => {
    const run = await runInEngine(() => new WorkflowRole("read", { ...args, tags: { a: "b" } }));
    const { assumeRolePolicy, ...rest } = run.resource(role).inputs;
    assert.deepEqual(JSON.parse(assumeRolePolicy as string), golden("read-only-trust"));
    assert.deepEqual(rest, {
      name: "gha_workflow_s3_and_ecr_read_only",
      path: "/slipway/",
      permissionsBoundary: "arn:aws:iam::308535385114:policy/slipway/slipway-workflow-boundary",
      description: "Pulls images",
      maxSessionDuration: 18_000,
      tags: { a: "b" },
    });
    const { policy: permissions, ...place } = run.resource(policy).inputs;
    assert.deepEqual(JSON.parse(permissions as string), golden("read-only-permissions"));
    assert.deepEqual(place, {
      role: "gha_workflow_s3_and_ecr_read_only",
      name: "gha_workflow_s3_and_ecr_read_only",
    });
  });

  it("excludes every policy but its own once that is there", async () => {
    const run = await runInEngine(() => new WorkflowRole("read", args));
    const roleName = "gha_workflow_s3_and_ecr_read_only";
    assert.deepEqual(run.resource(policies).inputs, { roleName, policyNames: [roleName] });
    assert.deepEqual(run.resource(attachments).inputs, { roleName, policyArns: [] });
    for (const type of [policies, attachments]) {
      const { dependencies } = run.resource(type).options;
      assert.deepEqual(dependencies, ["read-policy", "read-role"], type);
    }
  });

  it("lets a session last an hour unless told otherwise", async () => {
    const { maxSessionSeconds: seconds, ...rest } = args;
    assert.equal(seconds, 18_000);
    const run = await runInEngine(() => new WorkflowRole("read", rest));
    assert.equal(run.resource(role).inputs["maxSessionDuration"], 3600);
  });

  it("registers its outputs once", async () => {
    const run = await runInEngine(() => new WorkflowRole("read", args));
    const arn = "arn:aws:iam::308535385114:role/slipway/gha_workflow_s3_and_ecr_read_only";
    assert.deepEqual(run.resource("slipway:index:WorkflowRole").registeredOutputs, [{ arn }]);
    assert.equal(await value(run.result.arn), arn);
  });

  it("hands its provider and protection on to all it holds", async () => {
    const run = await runInEngine(() => {
      const provider = new AwsProvider("aws", { region: "us-east-1" });
      return new WorkflowRole("read", args, { provider, protect: true });
    });
    for (const type of [role, policy, policies, attachments]) {
      const { protect, provider } = run.resource(type).options;
      assert.deepEqual([protect, provider], [true, "aws"], type);
    }
  });

  it("stands beside another of its kind", async () => {
    const run = await runInEngine(() => [
      new WorkflowRole("read", args),
      new WorkflowRole("write", { ...args, roleName: "other" }),
    ]);
    assert.equal(run.resources.length, 10);
  });

  it("refuses permissions that IAM does not take, before anything is declared", async () => {
    const repositories = Array.from({ length: 200 }, (_, index) => `pytorch/family-${index}`);
    const account = { accountId: "308535385114", region: "us-east-1" };
    const permissions = readOnlyPermissions({ ...account, repositories, buckets: [] });
    await assert.rejects(
      runInEngine(() => new WorkflowRole("read", { ...args, permissions })),
      /^ProblemsError: role gha_workflow_s3_and_ecr_read_only: 1 problem\n {2}permissions: has \d+ characters, and IAM takes 10240: /,
    );
  });

  it("refuses an empty trust and a wrong session length before anything is declared", async () => {
    const bad = { ...args, trust: { ...args.trust, grants: [] }, maxSessionSeconds: 60 };
    await assert.rejects(
      runInEngine(() => new WorkflowRole("read", bad)),
      {
        name: "ProblemsError",
        message: [
          "role gha_workflow_s3_and_ecr_read_only: 2 problems",
          "  grants: empty: a role that nobody may assume; add e.g. { environment: docker-build }",
          "  maxSessionSeconds: 60 is not a session length; write whole seconds from 3600 to 43200",
        ].join("\n"),
      },
    );
  });
});
