// Proves that previews see what somebody did to a boundary, against moto, not against AWS.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IAM } from "@aws-sdk/client-iam";
import { WorkflowRoles } from "../../../components/workflow-roles.ts";
import type { Operation } from "../../../engine/events.ts";
import { runStack } from "../../../engine/run.ts";
import { awsProvider } from "../../../local/providers/aws.ts";
import type { LocalProvider } from "../../../local/providers/resource-provider.ts";
import { boundaryArn, roleName } from "../../../rules/role-names.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";
import "../../support/engine.ts"; // names the SDK's globals before mocha looks for leaks

const account = { accountId: testIdentity.awsAccountId, region: "us-east-1" };
const PolicyArn = boundaryArn("workflow", account);
const everything = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
});

describe("a boundary that somebody changed", () => {
  const cloud = withCloud();
  let aws: LocalProvider;
  let iam: IAM;
  let folder: string;

  before(async () => {
    const { endpoint } = cloud().aws;
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    aws = awsProvider({
      region: account.region,
      accessKey: "local",
      secretKey: "local",
      endpoints: [{ ecr: endpoint, iam: endpoint, sts: endpoint }],
      allowedAccountIds: [account.accountId],
    });
    iam = new IAM({ endpoint, region: account.region, credentials });
    folder = await mkdtemp(join(tmpdir(), "slipway-boundary-"));
    const { ok } = await run("up");
    assert.ok(ok);
  });
  after(async () => {
    await run("destroy");
    await aws.cancel?.();
    iam.destroy();
    await rm(folder, { recursive: true });
  });

  /** Applies the four roles and both boundaries; `changed` holds what a step is about, with its change. */
  async function run(operation: Operation) {
    const { ok, steps } = await runStack({
      project: { root: folder, name: "slipway", stack: "test", config: {}, secretKeys: [] },
      operation,
      program: async () => {
        new WorkflowRoles("roles", {
          repository: { owner: "pytorch", name: "pytorch", subjectForm: "name" },
          roles: {
            repository: { owner: "pytorch", name: "pytorch" },
            account,
            ecrRepositories: ["pytorch/ci-image"],
            buckets: [],
          },
          oidcProvider: { arn: `arn:aws:iam::${account.accountId}:oidc-provider/example.org` },
        });
      },
      packages: { aws: () => aws },
      stateFile: join(folder, "state.json"),
    });
    const changed = steps.flatMap((step) =>
      step.kind === "resource" && step.change !== "same" ? [`${step.change} ${step.name}`] : [],
    );
    return { ok, changed };
  }

  async function seenAndRepaired(expected: readonly string[]): Promise<void> {
    assert.deepEqual((await run("preview")).changed, expected);
    const { ok, changed } = await run("up");
    assert.deepEqual([ok, changed], [true, expected]);
    assert.deepEqual((await run("preview")).changed, []);
  }

  it("is seen and repaired when its default version is another", async () => {
    await iam.createPolicyVersion({ PolicyArn, PolicyDocument: everything, SetAsDefault: true });
    await seenAndRepaired(["update workflow-boundary-policy"]);
  });

  it("is seen and repaired when a role lost it", async () => {
    await iam.deleteRolePermissionsBoundary({ RoleName: roleName("push") });
    await seenAndRepaired(["update push-role"]);
  });

  it("is seen and repaired when a role has another", async () => {
    const PermissionsBoundary = boundaryArn("deploy", account);
    await iam.putRolePermissionsBoundary({ RoleName: roleName("drift"), PermissionsBoundary });
    await seenAndRepaired(["update drift-role"]);
  });

  it("is seen and made again when it is gone", async () => {
    // AWS deletes no policy that is a boundary; one that lost its roles can go.
    for (const key of ["read-only", "push", "drift"] as const) {
      await iam.deleteRolePermissionsBoundary({ RoleName: roleName(key) });
    }
    const { Versions = [] } = await iam.listPolicyVersions({ PolicyArn });
    for (const { VersionId, IsDefaultVersion } of Versions) {
      if (!IsDefaultVersion) await iam.deletePolicyVersion({ PolicyArn, VersionId });
    }
    await iam.deletePolicy({ PolicyArn });
    const { changed } = await run("preview");
    assert.ok(changed.includes("create workflow-boundary-policy"), changed.join());
    const { ok } = await run("up");
    assert.ok(ok);
    assert.deepEqual((await run("preview")).changed, []);
    for (const key of ["read-only", "push", "drift"] as const) {
      const { Role } = await iam.getRole({ RoleName: roleName(key) });
      assert.equal(Role?.PermissionsBoundary?.PermissionsBoundaryArn, PolicyArn);
    }
  });
});
