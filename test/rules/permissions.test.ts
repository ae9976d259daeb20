// Does not prove how AWS evaluates these documents: only their form.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readOnlyPermissions } from "../../rules/permissions.ts";
import { pullPolicy } from "../../rules/repository-policy.ts";

function golden(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../golden/${name}.json`, import.meta.url), "utf8"));
}

const args = {
  accountId: "308535385114",
  region: "us-east-1",
  repositories: ["pytorch/almalinux-builder", "pytorch/ci-image"],
  buckets: ["gha-artifacts", "ossci-compiler-cache-circleci-v2"],
};

describe("permissions of the read-only role", () => {
  it("are the golden document's", () => {
    assert.deepEqual(readOnlyPermissions(args), golden("read-only-permissions"));
  });

  it("name every action in full and no resource by a wildcard but the login's", () => {
    for (const { Sid, Action, Resource } of readOnlyPermissions(args).Statement) {
      for (const action of [Action].flat()) assert.match(action, /^(?:ecr|s3):[A-Za-z]+$/);
      for (const resource of [Resource ?? []].flat()) {
        if (Sid !== "LogIn") assert.doesNotMatch(resource.replace(/\/\*$/, ""), /[*?]/);
      }
    }
  });

  it("say nothing of S3 or ECR where nothing is named", () => {
    const { Statement } = readOnlyPermissions({ ...args, repositories: [], buckets: [] });
    assert.deepEqual(
      Statement.map(({ Sid }) => Sid),
      ["LogIn"],
    );
  });

  it("list a bucket's folder by what begins with it and a slash, and read below it alone", () => {
    const { Statement } = readOnlyPermissions({
      ...args,
      repositories: [],
      buckets: ["gha-artifacts", "ossci/images/", "ossci/logs", "other/a/b"],
    });
    assert.deepEqual(Statement.slice(1), [
      {
        Sid: "ListBuckets",
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: ["arn:aws:s3:::gha-artifacts"],
      },
      {
        Sid: "ListFolders1",
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: ["arn:aws:s3:::ossci"],
        Condition: { StringLike: { "s3:prefix": ["images/*", "logs/*"] } },
      },
      {
        Sid: "ListFolders2",
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: ["arn:aws:s3:::other"],
        Condition: { StringLike: { "s3:prefix": ["a/b/*"] } },
      },
      {
        Sid: "ReadObjects",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: [
          "arn:aws:s3:::gha-artifacts/*",
          "arn:aws:s3:::ossci/images/*",
          "arn:aws:s3:::ossci/logs/*",
          "arn:aws:s3:::other/a/b/*",
        ],
      },
    ]);
  });

  it("are in the partition of the region", () => {
    const china = JSON.stringify(readOnlyPermissions({ ...args, region: "cn-north-1" }));
    assert.match(china, /"arn:aws-cn:ecr:cn-north-1:308535385114:repository/);
    assert.match(china, /"arn:aws-cn:s3:::gha-artifacts"/);
    assert.doesNotMatch(china, /arn:aws:/);
  });
});

describe("policy of an ECR repository", () => {
  it("lets the named accounts pull and nobody push", () => {
    const policy = pullPolicy("aws", ["308535385114", "391835788720"]);
    assert.deepEqual(policy, golden("repository-policy"));
  });
});
