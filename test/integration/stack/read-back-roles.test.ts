/*
 * The roles and boundaries of an applied stack, read back from AWS by its own client. No test changes anything.
 * What this does not prove: anything about real AWS.
 */
import assert from "node:assert/strict";
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListOpenIDConnectProvidersCommand,
  ListPoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from "@aws-sdk/client-iam";
import { boundaries } from "../../../rules/boundary.ts";
import { boundaryArn } from "../../../rules/role-names.ts";
import { declaredRoles, type RolesArgs } from "../../../rules/roles.ts";
import { trustPolicy, type TrustedRepository } from "../../../rules/trust-policy.ts";
import { appliedStack } from "./support/local-stack.ts";

const account = { accountId: "308535385114", region: "us-east-1" };
/** What `Pulumi.local.yaml` says. */
const LOCAL: RolesArgs = {
  repository: { owner: "pytorch", name: "pytorch" },
  account,
  ecrRepositories: ["almalinux-builder", "ci-image"].flatMap((family) => [
    `pytorch/${family}`,
    `pytorch/${family}-cache`,
  ]),
  buckets: ["gha-artifacts", "ossci-compiler-cache-circleci-v2"],
  state: {
    bucket: "slipway-state",
    prefix: "local",
    kmsKeyArn: "arn:aws:kms:us-east-1:308535385114:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  },
  ownsOidcProvider: true,
};
const REPOSITORY: TrustedRepository = {
  ...LOCAL.repository,
  ownerId: 1549784739,
  repositoryId: 1980982968,
  subjectForm: "name",
};
const ROLES = declaredRoles(LOCAL);

describe("roles of stack local, applied", function () {
  this.timeout(60_000);
  const stack = appliedStack();
  const iam = () =>
    new IAMClient({
      endpoint: stack().cloud.aws.endpoint,
      region: account.region,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
  const parsed = (document: string | undefined): unknown =>
    JSON.parse(decodeURIComponent(document ?? ""));

  it("are those that are declared and no more, with one OIDC provider", async () => {
    const { Roles: roles = [] } = await iam().send(new ListRolesCommand());
    assert.deepEqual(
      roles.map(({ Path = "", RoleName = "" }) => `${Path}${RoleName}`).sort(),
      ROLES.map(({ path, roleName }) => `${path}${roleName}`).sort(),
    );
    const oidc = await iam().send(new ListOpenIDConnectProvidersCommand());
    assert.equal(oidc.OpenIDConnectProviderList?.length, 1);
  });

  for (const declared of ROLES) {
    const { key, roleName, grants, maxSessionSeconds, permissions, boundary } = declared;
    it(`trust and allow what the rules say and no more: ${key}`, async () => {
      const RoleName = roleName;
      const { Role: role } = await iam().send(new GetRoleCommand({ RoleName }));
      assert.ok(role);
      assert.equal(role.Arn, stack().first.outputs.roleArns[roleName]);
      assert.equal(role.MaxSessionDuration, maxSessionSeconds);
      assert.equal(
        role.PermissionsBoundary?.PermissionsBoundaryArn,
        boundaryArn(boundary, account),
      );
      const [provider] =
        (await iam().send(new ListOpenIDConnectProvidersCommand())).OpenIDConnectProviderList ?? [];
      const trust = trustPolicy(provider!.Arn!, { repository: REPOSITORY, grants });
      assert.deepEqual(parsed(role.AssumeRolePolicyDocument), trust);
      const { PolicyNames = [] } = await iam().send(new ListRolePoliciesCommand({ RoleName }));
      assert.equal(PolicyNames.length, 1);
      const [PolicyName] = PolicyNames;
      const policy = await iam().send(new GetRolePolicyCommand({ RoleName, PolicyName }));
      assert.deepEqual(parsed(policy.PolicyDocument), permissions);
      const attached = await iam().send(new ListAttachedRolePoliciesCommand({ RoleName }));
      assert.deepEqual(attached.AttachedPolicies, []);
    });
  }

  it("have two boundaries, which say what the rules say", async () => {
    const { Policies = [] } = await iam().send(new ListPoliciesCommand({ Scope: "Local" }));
    const declared = boundaries(LOCAL);
    assert.deepEqual(
      Policies.map(({ Arn }) => Arn).sort(),
      declared.map(({ key }) => boundaryArn(key, account)).sort(),
    );
    for (const { key, document } of declared) {
      const PolicyArn = boundaryArn(key, account);
      const { Policy } = await iam().send(new GetPolicyCommand({ PolicyArn }));
      const VersionId = Policy?.DefaultVersionId;
      const version = await iam().send(new GetPolicyVersionCommand({ PolicyArn, VersionId }));
      assert.deepEqual(parsed(version.PolicyVersion?.Document), document, key);
    }
  });
});
