// Proves managed policies and boundaries against moto, not against AWS.
import assert from "node:assert/strict";
import { IAM } from "@aws-sdk/client-iam";
import { awsProvider } from "../../../local/providers/aws.ts";
import type { LocalProvider } from "../../../local/providers/resource-provider.ts";
import { Subject } from "../../local/providers/lifecycle.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";

const POLICY = "aws:iam/policy:Policy";
const ROLE = "aws:iam/role:Role";
const PATH = "/slipway/";

const allow = (...Action: string[]) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action, Resource: "arn:aws:s3:::bucket/*" }],
  });
const trust = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: testIdentity.awsAccountId }, Action: "sts:AssumeRole" },
  ],
});

describe("managed policies and boundaries of the local aws provider", () => {
  const cloud = withCloud();
  let aws: LocalProvider;
  let iam: IAM;

  before(() => {
    const { endpoint } = cloud().aws;
    aws = awsProvider({
      region: "us-east-1",
      accessKey: "local",
      secretKey: "local",
      endpoints: [{ ecr: endpoint, iam: endpoint, sts: endpoint }],
      allowedAccountIds: [testIdentity.awsAccountId],
    });
    iam = new IAM({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
  });
  after(async () => {
    await aws.cancel?.();
    iam.destroy();
  });

  const policyNamed = (name: string, policy = allow("s3:GetObject")) =>
    new Subject(aws, POLICY).create({ name, path: PATH, policy });
  const versionsOf = async (PolicyArn: string) =>
    ((await iam.listPolicyVersions({ PolicyArn })).Versions ?? []).map(
      ({ VersionId = "", IsDefaultVersion }) => (IsDefaultVersion ? `${VersionId}!` : VersionId),
    );

  it("makes, changes and removes a managed policy", async () => {
    const news = { name: "test-live", path: PATH, policy: allow("s3:GetObject") };
    await new Subject(aws, POLICY).live(
      { ...news, tags: { team: "ci" } },
      { ...news, policy: allow("s3:GetObject", "s3:ListBucket") },
      ["policy", "tags"],
    );
  });

  it("names a policy by its ARN, and replaces it for another path or description, the old one first", async () => {
    const made = await policyNamed("test-named");
    assert.equal(made.id, `arn:aws:iam::${testIdentity.awsAccountId}:policy/slipway/test-named`);
    assert.equal(made.state["arn"], made.id);
    const news = { name: "test-named", path: PATH, policy: allow("s3:GetObject") };
    assert.deepEqual(await made.diff({ ...news, path: "/" }), ["path!"]);
    const described = await made.inputs({ ...news, description: "what roles may do at most" });
    const diff = await aws.diff(made.id, made.urn, made.state, described);
    assert.deepEqual([diff.replaces, diff.deleteBeforeReplace], [["description"], true]);
    assert.deepEqual(await made.diff({ ...news, name: "test-other" }), ["name!"]);
    assert.equal(
      await made.find({ ...news, path: "/" }),
      undefined,
      "another path, another policy",
    );
    await made.delete();
  });

  it("makes each change the default version, and keeps no more versions than AWS does", async () => {
    const name = "test-versions";
    const made = await policyNamed(name);
    for (const count of [1, 2, 3, 4, 5, 6]) {
      const actions = Array.from({ length: count }, (_, index) => `s3:Get${index}`);
      const news = { name, path: PATH, policy: allow(...actions) };
      await made.update(news);
      await made.refresh();
      assert.deepEqual(await made.diff(news), []);
    }
    assert.deepEqual((await versionsOf(made.id)).sort(), ["v3", "v4", "v5", "v6", "v7!"]);
    await made.delete();
    assert.equal(await made.refresh(), false);
  });

  it("sees a default version that someone set by hand, and no difference in spelling", async () => {
    const news = { name: "test-drift", path: PATH, policy: allow("s3:GetObject") };
    const made = await policyNamed(news.name);
    const byHand = (PolicyDocument: string) =>
      iam.createPolicyVersion({ PolicyArn: made.id, PolicyDocument, SetAsDefault: true });
    await byHand(news.policy.replace('["s3:GetObject"]', '"s3:GetObject"'));
    await made.refresh();
    assert.deepEqual(await made.diff(news), []);
    await byHand(allow("*"));
    await made.refresh();
    assert.deepEqual(await made.diff(news), ["policy"]);
    await made.update(news);
    await made.refresh();
    assert.deepEqual(await made.diff(news), []);
    assert.deepEqual(await versionsOf(made.id), ["v1", "v2", "v3", "v4!"]);
    await made.delete();
  });

  it("makes a role with a boundary under a path, and replaces it for another path", async () => {
    const boundary = await policyNamed("test-boundary");
    const news = { name: "test-bounded", path: PATH, assumeRolePolicy: trust };
    const bounded = { ...news, permissionsBoundary: boundary.id };
    const made = await new Subject(aws, ROLE).create(bounded);
    assert.equal(
      made.state["arn"],
      `arn:aws:iam::${testIdentity.awsAccountId}:role/slipway/test-bounded`,
    );
    assert.deepEqual(await made.diff({ ...bounded, path: "/" }), ["path!"]);
    await made.delete();
    await boundary.delete();
  });

  it("sees a boundary that someone took away or exchanged, and puts it back in place", async () => {
    const [boundary, other] = [await policyNamed("test-ours"), await policyNamed("test-theirs")];
    const RoleName = "test-boundary-drift";
    const news = { name: RoleName, path: PATH, assumeRolePolicy: trust };
    const bounded = { ...news, permissionsBoundary: boundary.id };
    const made = await new Subject(aws, ROLE).create(bounded);
    const boundaryOf = async () =>
      (await iam.getRole({ RoleName })).Role?.PermissionsBoundary?.PermissionsBoundaryArn;
    const changes = [
      () => iam.deleteRolePermissionsBoundary({ RoleName }),
      () => iam.putRolePermissionsBoundary({ RoleName, PermissionsBoundary: other.id }),
    ];
    for (const byHand of changes) {
      await byHand();
      await made.refresh();
      assert.deepEqual(await made.diff(bounded), ["permissionsBoundary"]);
      await made.update(bounded);
      assert.equal(await boundaryOf(), boundary.id);
    }
    await made.update(news);
    assert.equal(await boundaryOf(), undefined);
    for (const one of [made, boundary, other]) await one.delete();
  });
});
