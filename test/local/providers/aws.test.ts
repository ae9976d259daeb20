// What the aws provider decides without asking the service; test/integration/providers/aws.test.ts asks moto.
import assert from "node:assert/strict";
import { isSamePolicy, keepText } from "../../../local/providers/aws/policy-document.ts";
import { awsProvider } from "../../../local/providers/aws.ts";
import { Subject, urnOf } from "./lifecycle.ts";

const endpoint = "http://127.0.0.1:9";
const config = {
  region: "us-east-1",
  accessKey: "a",
  secretKey: "b",
  endpoints: [{ ecr: endpoint, iam: endpoint, sts: endpoint }],
};

describe("policies of the local aws provider", () => {
  const policy = (statement: object) => JSON.stringify({ Statement: [statement] });

  it("are the same whatever the order of keys, statements and lists", () => {
    const a = { Sid: "a", Action: ["x", "y"], Principal: { AWS: ["1", "2"] } };
    const b = { Sid: "b", Action: "z" };
    assert.ok(
      isSamePolicy(
        JSON.stringify({ Version: "2012-10-17", Statement: [a, b] }),
        JSON.stringify({
          Statement: [
            { Action: ["z"], Sid: "b" },
            { ...a, Action: ["y", "x"] },
          ],
          Version: "2012-10-17",
        }),
      ),
    );
  });

  it("differ by any action, condition or number", () => {
    const base = policy({ Action: ["x"], Condition: { StringEquals: { k: ["v"] } } });
    for (const other of [
      { Action: ["x", "y"], Condition: { StringEquals: { k: ["v"] } } },
      { Action: ["x"], Condition: { StringEquals: { k: ["v", "w"] } } },
      { Action: ["x"], Condition: { StringLike: { k: ["v"] } } },
      { Action: ["x"] },
    ]) {
      assert.ok(!isSamePolicy(base, policy(other)), JSON.stringify(other));
    }
  });

  it("keep the known text where it means the same", () => {
    const known = policy({ Action: "x" });
    assert.equal(keepText(known, policy({ Action: ["x"] })), known);
    const found = policy({ Action: ["y"] });
    assert.equal(keepText(known, found), found);
    assert.equal(keepText(undefined, found), found);
  });
});

describe("inputs of the local aws provider", () => {
  const aws = awsProvider(config);
  const faults = (type: string, news: Record<string, unknown>) =>
    new Subject(aws, type).faults(news);

  it("must name a repository as ECR does", async () => {
    assert.deepEqual(await faults("aws:ecr/repository:Repository", { name: "CI-Image" }), [
      'name: is no repository name (lower-case letters, digits, ". _ -", parts separated by "/")',
    ]);
  });

  it("may not exempt tags from immutability", async () => {
    assert.deepEqual(
      await faults("aws:ecr/repository:Repository", {
        name: "ci-image",
        imageTagMutability: "IMMUTABLE_WITH_EXCLUSION",
      }),
      [
        "imageTagMutability: IMMUTABLE_WITH_EXCLUSION needs imageTagMutabilityExclusionFilters, which the local aws provider does not implement; write MUTABLE or IMMUTABLE",
      ],
    );
  });

  it("must give a role a session that AWS allows, and a policy that is JSON", async () => {
    assert.deepEqual(
      await faults("aws:iam/role:Role", {
        name: "gha",
        assumeRolePolicy: "no json",
        maxSessionDuration: 60,
        managedPolicyArns: [],
      }),
      [
        "assumeRolePolicy: is not the JSON text of an object",
        "maxSessionDuration: is less than 3600 seconds",
        "managedPolicyArns: the local aws provider does not implement this property; leave it out",
      ],
    );
  });

  it("must give an OIDC provider's URL with its scheme", async () => {
    assert.deepEqual(
      await faults("aws:iam/openIdConnectProvider:OpenIdConnectProvider", {
        url: "token.actions.githubusercontent.com",
        clientIdLists: ["sts.amazonaws.com"],
      }),
      ["url: write it with https://"],
    );
  });

  it("may name a role's only policies in any order, and must name the role", async () => {
    const subject = new Subject(aws, "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive");
    subject.state = { roleName: "r", policyNames: ["a", "b"] };
    const diff = (policyNames: string[], roleName = "r") => subject.diff({ roleName, policyNames });
    assert.deepEqual(await diff(["b", "a"]), []);
    assert.deepEqual(await diff(["a"]), ["policyNames"]);
    assert.deepEqual(await diff(["a", "b"], "other"), ["roleName!"]);
    assert.deepEqual(await subject.faults({ policyNames: [] }), [
      "roleName: missing; write a string",
    ]);
  });

  it("turn the typed form of a policy into its text", async () => {
    const subject = new Subject(aws, "aws:iam/rolePolicy:RolePolicy");
    const { policy } = await subject.inputs({ name: "p", role: "r", policy: { Statement: [] } });
    assert.equal(policy, '{"Statement":[]}');
  });
});

describe("outputs of the local aws provider", () => {
  it("are promised to stay in an update where only a replacement changes them", async () => {
    const aws = awsProvider(config);
    const stables: Record<string, string[]> = {
      "aws:ecr/repository:Repository": ["arn", "registryId", "repositoryUrl", "region"],
      "aws:ecr/lifecyclePolicy:LifecyclePolicy": ["registryId", "region"],
      "aws:ecr/repositoryPolicy:RepositoryPolicy": ["registryId", "region"],
      "aws:iam/openIdConnectProvider:OpenIdConnectProvider": ["arn"],
      "aws:iam/policy:Policy": ["arn", "policyId"],
      "aws:iam/role:Role": ["arn", "createDate", "uniqueId"],
      "aws:iam/rolePolicy:RolePolicy": [],
      "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive": [],
      "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": [],
    };
    for (const [type, expected] of Object.entries(stables)) {
      const { stables } = await aws.diff("id", urnOf(type), {}, { tags: { a: "b" } });
      assert.deepEqual(stables, expected, type);
    }
  });
});

describe("configuration of the local aws provider", () => {
  it("must name an endpoint for each service: it never speaks to AWS", () => {
    assert.throws(() => awsProvider({ ...config, endpoints: [{ ecr: endpoint }] }), {
      message: [
        "provider aws: 2 problems",
        "  endpoints[0].iam: missing; write a string",
        "  endpoints[0].sts: missing; write a string",
      ].join("\n"),
    });
  });

  it("is refused with anything that is not implemented", () => {
    assert.throws(
      () => awsProvider({ ...config, profile: "default" }),
      /profile: the local aws provider does not implement this property/,
    );
  });

  it("names the endpoint that does not answer", async () => {
    await assert.rejects(
      new Subject(awsProvider(config), "aws:ecr/repository:Repository").create({ name: "aa" }),
      /^UserError: create it \(aws:ecr\/repository:Repository\): nothing answers at http:\/\/127\.0\.0\.1:9; start the local cloud: npm run local:up$/,
    );
  });
});
