// Proves the provider against moto, not against AWS. moto cannot change the client ids of an OIDC provider.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ECR } from "@aws-sdk/client-ecr";
import { IAM } from "@aws-sdk/client-iam";
import { WorkflowRole } from "../../../components/workflow-role.ts";
import type { Operation, RunResult } from "../../../engine/events.ts";
import { runStack } from "../../../engine/run.ts";
import { awsProvider } from "../../../local/providers/aws.ts";
import type { LocalProvider } from "../../../local/providers/resource-provider.ts";
import { readOnlyPermissions } from "../../../rules/permissions.ts";
import { UserError } from "../../../rules/problems.ts";
import { Subject } from "../../local/providers/lifecycle.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";
import "../../support/engine.ts"; // names the SDK's globals before mocha looks for leaks

const REPOSITORY = "aws:ecr/repository:Repository";
const LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy";
const REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy";
const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";
const ROLE_POLICIES = "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive";
const ROLE_ATTACHMENTS = "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive";
const OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider";

const trust = (action: string | string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: "arn:aws:iam::308535385114:oidc-provider/example.org" },
        Action: action,
      },
    ],
  });
const expireUntagged = (days: number) =>
  JSON.stringify({
    rules: [
      {
        rulePriority: 1,
        selection: {
          tagStatus: "untagged",
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: days,
        },
        action: { type: "expire" },
      },
    ],
  });
const allow = (action: string) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: [action], Resource: "arn:aws:s3:::bucket/*" }],
  });

describe("the local aws provider", () => {
  const cloud = withCloud();
  let aws: LocalProvider;
  let ecr: ECR;
  let iam: IAM;

  function provider(allowedAccountIds: string[]): LocalProvider {
    const { endpoint } = cloud().aws;
    return awsProvider({
      region: "us-east-1",
      accessKey: "local",
      secretKey: "local",
      // Pulumi's SDK sends everything but strings as JSON text.
      endpoints: JSON.stringify([{ ecr: endpoint, iam: endpoint, sts: endpoint, s3: endpoint }]),
      allowedAccountIds: JSON.stringify(allowedAccountIds),
      skipCredentialsValidation: "true",
    });
  }

  before(() => {
    aws = provider([testIdentity.awsAccountId]);
    const client = {
      endpoint: cloud().aws.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    };
    ecr = new ECR(client);
    iam = new IAM(client);
  });
  after(async () => {
    await aws.cancel?.();
    ecr.destroy();
    iam.destroy();
  });

  const repositoryNamed = (name: string, more: object = {}) =>
    new Subject(aws, REPOSITORY).create({ name, forceDelete: true, ...more });

  it("makes, changes and removes a repository", async () => {
    const name = "test/repository";
    await new Subject(aws, REPOSITORY).live(
      {
        name,
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        tags: { team: "ci", gone: "soon" },
      },
      { name, tags: { team: "build" } },
      ["imageTagMutability", "imageScanningConfiguration", "tags"],
    );
  });

  it("tells a repository's ARN, registry and URL", async () => {
    const made = await repositoryNamed("test/outputs");
    assert.equal(made.id, "test/outputs");
    assert.deepEqual(
      [made.state["arn"], made.state["registryId"], made.state["repositoryUrl"]],
      [
        "arn:aws:ecr:us-east-1:308535385114:repository/test/outputs",
        "308535385114",
        "308535385114.dkr.ecr.us-east-1.amazonaws.com/test/outputs",
      ],
    );
    await made.delete();
  });

  it("replaces a repository for another encryption, the old one first", async () => {
    const made = await repositoryNamed("test/encrypted");
    const { replaces, deleteBeforeReplace } = await aws.diff(
      made.id,
      made.urn,
      made.state,
      await made.inputs({
        name: "test/encrypted",
        encryptionConfigurations: [{ encryptionType: "KMS" }],
      }),
    );
    assert.deepEqual(replaces, ["encryptionConfigurations"]);
    assert.equal(deleteBeforeReplace, true);
    await made.delete();
  });

  it("sees what someone changed by hand, and changes it back", async () => {
    const news = { name: "test/drift", imageTagMutability: "IMMUTABLE" };
    const made = await new Subject(aws, REPOSITORY).create(news);
    await ecr.putImageTagMutability({ repositoryName: made.id, imageTagMutability: "MUTABLE" });
    await ecr.tagResource({
      resourceArn: String(made.state["arn"]),
      tags: [{ Key: "by", Value: "hand" }],
    });
    await made.refresh();
    assert.deepEqual(await made.diff(news), ["imageTagMutability", "tags"]);
    await made.update(news);
    await made.refresh();
    assert.deepEqual(await made.diff(news), []);
    await made.delete();
  });

  it("keeps a repository with images in it unless forceDelete is set", async () => {
    const made = await repositoryNamed("test/full", { forceDelete: false });
    await ecr.putImage({
      repositoryName: made.id,
      imageManifest: JSON.stringify({ schemaVersion: 2, config: {}, layers: [] }),
      imageManifestMediaType: "application/vnd.oci.image.manifest.v1+json",
      imageTag: "one",
    });
    await assert.rejects(made.delete(), /RepositoryNotEmptyException.*set forceDelete: true/);
    await made.update({ name: "test/full", forceDelete: true });
    await made.delete();
  });

  it("replaces a lifecycle policy, but not for another order of its text", async () => {
    const parent = await repositoryNamed("test/lifecycle");
    const repository = parent.id;
    await new Subject(aws, LIFECYCLE).live(
      { repository, policy: expireUntagged(14) },
      { repository, policy: expireUntagged(7) },
      ["policy!"],
    );
    const made = await new Subject(aws, LIFECYCLE).create({
      repository,
      policy: expireUntagged(14),
    });
    const { rules } = JSON.parse(expireUntagged(14)) as { rules: object[] };
    const reordered = Object.fromEntries(Object.entries(rules[0]!).reverse());
    assert.deepEqual(await made.diff({ repository, policy: { rules: [reordered] } }), []);
    await parent.delete();
    assert.equal(await made.refresh(), false);
  });

  it("makes, changes and removes a repository policy", async () => {
    const parent = await repositoryNamed("test/policy");
    const policy = (actions: string[]) => ({
      Version: "2012-10-17",
      Statement: [
        { Sid: "pull", Effect: "Allow", Principal: { AWS: "308535385114" }, Action: actions },
      ],
    });
    await new Subject(aws, REPOSITORY_POLICY).live(
      { repository: parent.id, policy: policy(["ecr:BatchGetImage"]) },
      { repository: parent.id, policy: policy(["ecr:BatchGetImage", "ecr:DescribeImages"]) },
      ["policy"],
    );
    await parent.delete();
  });

  it("makes, changes and removes a role", async () => {
    const name = "test-role";
    await new Subject(aws, ROLE).live(
      {
        name,
        assumeRolePolicy: trust("sts:AssumeRoleWithWebIdentity"),
        description: "reads images",
        maxSessionDuration: 18_000,
        permissionsBoundary: "arn:aws:iam::aws:policy/ReadOnlyAccess",
        tags: { team: "ci" },
      },
      { name, assumeRolePolicy: trust(["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]) },
      ["assumeRolePolicy", "description", "maxSessionDuration", "permissionsBoundary", "tags"],
    );
  });

  it("sees a trust policy that someone changed by hand, and no difference in its spelling", async () => {
    const news = { name: "test-drift", assumeRolePolicy: trust("sts:AssumeRole") };
    const made = await new Subject(aws, ROLE).create(news);
    const byHand = (PolicyDocument: string) =>
      iam.updateAssumeRolePolicy({ RoleName: made.id, PolicyDocument });
    await byHand(trust(["sts:AssumeRole"]));
    await made.refresh();
    assert.deepEqual(await made.diff(news), []);
    await byHand(trust("sts:AssumeRoleWithSAML"));
    await made.refresh();
    assert.deepEqual(await made.diff(news), ["assumeRolePolicy"]);
    await made.delete();
  });

  it("makes, changes and removes a policy inside a role", async () => {
    const role = await new Subject(aws, ROLE).create({
      name: "test-parent",
      assumeRolePolicy: trust("sts:AssumeRole"),
    });
    const named = { role: "test-parent", name: "read" };
    await new Subject(aws, ROLE_POLICY).live(
      { ...named, policy: allow("s3:GetObject") },
      { ...named, policy: allow("s3:ListBucket") },
      ["policy"],
    );
    await role.delete();
  });

  /** ARN of a managed policy, made here since moto has none of AWS's own. */
  const managedPolicy = async (PolicyName: string) => {
    const PolicyDocument = allow("s3:GetObject");
    const { Policy } = await iam.createPolicy({ PolicyName, PolicyDocument });
    return Policy!.Arn!;
  };
  const roleNamed = (name: string) =>
    new Subject(aws, ROLE).create({ name, assumeRolePolicy: trust("sts:AssumeRole") });
  const putByHand = (RoleName: string, PolicyName: string) =>
    iam.putRolePolicy({ RoleName, PolicyName, PolicyDocument: allow("s3:GetObject") });
  const inlineIn = async (RoleName: string) =>
    (await iam.listRolePolicies({ RoleName })).PolicyNames;
  const attachedTo = async (RoleName: string) =>
    (await iam.listAttachedRolePolicies({ RoleName })).AttachedPolicies?.map((p) => p.PolicyArn);

  it("takes inline policies away that are not among a role's only ones", async () => {
    const roleName = "test-only-policies";
    const role = await roleNamed(roleName);
    for (const name of ["a", "b", "by-hand"]) await putByHand(roleName, name);
    const news = { roleName, policyNames: ["b", "a"] };
    const made = await new Subject(aws, ROLE_POLICIES).create(news);
    assert.equal(made.id, roleName);
    assert.deepEqual(await inlineIn(roleName), ["a", "b"]);
    await made.refresh();
    assert.deepEqual(await made.diff(news), [], "in any order");

    await putByHand(roleName, "by-hand");
    await made.refresh();
    assert.deepEqual(await made.diff(news), ["policyNames"]);
    await made.update(news);
    assert.deepEqual(await inlineIn(roleName), ["a", "b"]);
    await assert.rejects(
      made.update({ roleName, policyNames: ["a", "c", "d"] }),
      /role test-only-policies has no inline policy c, d; declare each as an aws\.iam\.RolePolicy/,
    );
    assert.deepEqual(await inlineIn(roleName), ["a", "b"], "nothing goes before all is right");

    await made.delete();
    assert.deepEqual(await inlineIn(roleName), ["a", "b"], "deleting it only ends the rule");
    await made.update({ roleName, policyNames: [] });
    await role.delete();
    assert.equal(await made.refresh(), false, "gone with its role");
  });

  it("detaches managed policies that are not among a role's only ones, and attaches those", async () => {
    const roleName = "test-only-attachments";
    const [reading, audit] = [await managedPolicy("reading"), await managedPolicy("audit")];
    const role = await roleNamed(roleName);
    await iam.attachRolePolicy({ RoleName: roleName, PolicyArn: audit });
    const news = { roleName, policyArns: [reading] };
    const made = await new Subject(aws, ROLE_ATTACHMENTS).create(news);
    assert.equal(made.id, roleName);
    assert.deepEqual(await attachedTo(roleName), [reading]);

    await iam.attachRolePolicy({ RoleName: roleName, PolicyArn: audit });
    await made.refresh();
    assert.deepEqual(await made.diff(news), ["policyArns"]);
    await made.update(news);
    assert.deepEqual(await attachedTo(roleName), [reading]);

    await made.delete();
    assert.deepEqual(await attachedTo(roleName), [reading], "it only ends the rule");
    await made.update({ roleName, policyArns: [] });
    await role.delete();
    assert.equal(await made.refresh(), false, "gone with its role");
  });

  it("shows what was added to a workflow role by hand in a preview, and an update takes it away", async () => {
    const RoleName = "test-workflow-role";
    const audit = await managedPolicy("audit-by-hand");
    const folder = await mkdtemp(join(tmpdir(), "slipway-role-"));
    const declare = () =>
      new WorkflowRole("read", {
        roleName: RoleName,
        path: "/slipway/",
        boundaryArn: `arn:aws:iam::${testIdentity.awsAccountId}:policy/slipway/test-boundary`,
        description: "Pulls images",
        trust: {
          providerArn: "arn:aws:iam::308535385114:oidc-provider/example.org",
          repository: { owner: "pytorch", name: "pytorch", subjectForm: "name" },
          grants: [{ branch: "main" }],
        },
        permissions: readOnlyPermissions({
          accountId: testIdentity.awsAccountId,
          region: "us-east-1",
          repositories: ["pytorch/ci-image"],
          buckets: [],
        }),
      });
    const run = (operation: Operation) =>
      runStack({
        project: { root: folder, name: "slipway", stack: "test", config: {}, secretKeys: [] },
        operation,
        program: async () => {
          declare();
        },
        packages: { aws: () => aws },
        stateFile: join(folder, "state.json"),
      });
    const updated = ({ steps }: RunResult) =>
      steps
        .filter((step) => step.kind === "resource" && step.change === "update")
        .map(({ name }) => name)
        .sort();
    try {
      const first = await run("up");
      assert.deepEqual([first.failures, first.changes.create], [[], 4]);
      assert.deepEqual(updated(await run("preview")), []);
      await putByHand(RoleName, "by-hand");
      await iam.attachRolePolicy({ RoleName, PolicyArn: audit });
      const both = ["read-attachments", "read-policies"];
      assert.deepEqual(updated(await run("preview")), both);
      assert.deepEqual(await attachedTo(RoleName), [audit], "a preview changes nothing");
      assert.deepEqual(updated(await run("up")), both);
      assert.deepEqual([await inlineIn(RoleName), await attachedTo(RoleName)], [[RoleName], []]);
      assert.deepEqual(updated(await run("preview")), []);
      const { ok } = await run("destroy");
      assert.ok(ok);
      await assert.rejects(iam.getRole({ RoleName }), { name: /NoSuchEntity/ });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("makes, changes and removes an OIDC provider", async () => {
    const news = { url: "https://example.org", clientIdLists: ["sts.amazonaws.com"] };
    await new Subject(aws, OIDC).live(news, { ...news, tags: { team: "ci" } }, ["tags"]);
  });

  it("says that a request is one that moto does not implement", async () => {
    const news = { url: "https://example.org/two", clientIdLists: ["sts.amazonaws.com"] };
    const made = await new Subject(aws, OIDC).create(news);
    await assert.rejects(
      made.update({ ...news, clientIdLists: ["sts.amazonaws.com", "another"] }),
      /answered HTTP 500 .* an emulator does so for requests that it does not implement/,
    );
    await made.delete();
  });

  it("makes everything again after the service lost its data", async () => {
    const made = await repositoryNamed("test/lost");
    await ecr.deleteRepository({ repositoryName: "test/lost" });
    assert.equal(await made.refresh(), false);
    const again = await repositoryNamed("test/lost");
    assert.ok(await again.refresh());
    await again.delete();
  });

  it("says that a repository of this name is there already", async () => {
    const made = await repositoryNamed("test/taken");
    await assert.rejects(
      repositoryNamed("test/taken"),
      /^UserError: create it \(aws:ecr\/repository:Repository\): RepositoryAlreadyExistsException.*this stack has no record of it: delete it, or give the new one another name, and run again$/,
    );
    await made.delete();
  });

  it("gives the login of the service for ECR", async () => {
    const { outputs } = await aws.invoke("aws:ecr/getAuthorizationToken:getAuthorizationToken", {
      registryId: "308535385114",
    });
    assert.equal(outputs["userName"], "AWS");
    assert.equal(
      Buffer.from(String(outputs["authorizationToken"]), "base64").toString(),
      `AWS:${String(outputs["password"])}`,
    );
    assert.equal(outputs["registryId"], "308535385114");
  });

  it("refuses to work in an account that is not allowed", async () => {
    const stranger = provider(["111122223333"]);
    await assert.rejects(
      new Subject(stranger, REPOSITORY).create({ name: "test/stranger" }),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /belong to account 308535385114, allowed is only 111122223333/);
        return true;
      },
    );
    await assert.rejects(ecr.describeRepositories({ repositoryNames: ["test/stranger"] }));
    await stranger.cancel?.();
  });
});
