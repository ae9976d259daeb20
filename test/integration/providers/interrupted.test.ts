// Every creation of a service's is done and the engine does not hear of it, as when a run is killed right then.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as ecr from "@pulumi/aws/ecr/index.js";
import * as iam from "@pulumi/aws/iam/index.js";
import { ActionsEnvironmentVariable } from "@pulumi/github/actionsEnvironmentVariable.js";
import { ActionsVariable } from "@pulumi/github/actionsVariable.js";
import { RepositoryRuleset } from "@pulumi/github/repositoryRuleset.js";
import type { Operation, RunResult } from "../../../engine/events.ts";
import type { PackageFactory } from "../../../engine/providers.ts";
import { runStack } from "../../../engine/run.ts";
import { awsProvider } from "../../../local/providers/aws.ts";
import { githubProvider } from "../../../local/providers/github.ts";
import type { LocalProvider } from "../../../local/providers/resource-provider.ts";
import { testIdentity, withCloud } from "../../support/cloud.ts";
import "../../support/engine.ts"; // names the SDK's globals before mocha looks for leaks

const ENVIRONMENT = "interrupted";

/** One resource of each type, each with more than its identity. */
function program(): void {
  const { repository } = testIdentity;
  const images = new ecr.Repository("images", {
    name: "test/interrupted",
    imageTagMutability: "IMMUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    forceDelete: true,
    tags: { team: "ci" },
  });
  const selection = {
    tagStatus: "untagged",
    countType: "sinceImagePushed",
    countUnit: "days",
    countNumber: 14,
  };
  const action = { type: "expire" };
  new ecr.LifecyclePolicy("lifecycle", {
    repository: images.name,
    policy: JSON.stringify({ rules: [{ rulePriority: 1, selection, action }] }),
  });
  new ecr.RepositoryPolicy("pull", {
    repository: images.name,
    policy: JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: ["ecr:BatchGetImage"] }],
    }),
  });
  const oidc = new iam.OpenIdConnectProvider("oidc", {
    url: "https://interrupted.example.org",
    clientIdLists: ["sts.amazonaws.com"],
    tags: { team: "ci" },
  });
  const read = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: "arn:aws:s3:::b/*" }],
  });
  const boundary = new iam.Policy("boundary", {
    name: "test-interrupted",
    path: "/test/",
    policy: read,
    tags: { team: "ci" },
  });
  const role = new iam.Role("role", {
    name: "test-interrupted",
    description: "reads images",
    maxSessionDuration: 18_000,
    path: "/test/",
    permissionsBoundary: boundary.arn,
    assumeRolePolicy: oidc.arn.apply((Federated) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Federated },
            Action: "sts:AssumeRoleWithWebIdentity",
          },
        ],
      }),
    ),
  });
  new iam.RolePolicy("read", {
    name: "read",
    role: role.name,
    policy: read,
  });
  new RepositoryRuleset("tags", {
    repository,
    name: "interrupted",
    target: "tag",
    enforcement: "active",
    conditions: { refName: { includes: ["refs/tags/v*"], excludes: [] } },
    rules: { creation: true, update: true },
  });
  new ActionsEnvironmentVariable("environment-variable", {
    repository,
    environment: ENVIRONMENT,
    variableName: "REGION",
    value: "us-east-1",
  });
  new ActionsVariable("variable", {
    repository,
    variableName: "INTERRUPTED_REGION",
    value: "us-east-1",
  });
}

const waves = [
  ["boundary", "environment-variable", "images", "oidc", "tags", "variable"],
  ["lifecycle", "pull", "role"],
  ["read"],
];

describe("a creation by the local providers that the engine does not hear of", function () {
  this.timeout(20_000);
  const cloud = withCloud();
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-interrupted-"));
  });
  after(() => rm(folder, { recursive: true }));
  const environment = async (method: "PUT" | "DELETE"): Promise<void> => {
    const { endpoint, token } = cloud().github;
    const { owner, repository } = testIdentity;
    const url = `${endpoint}/repos/${owner}/${repository}/environments/${ENVIRONMENT}`;
    const headers = { authorization: `Bearer ${token}` };
    const body = method === "PUT" ? "{}" : null;
    const { ok, status } = await fetch(url, { method, headers, body });
    assert.ok(ok, `${method}: ${status}`);
  };
  before("the environment of the variable", () => environment("PUT"));
  after(() => environment("DELETE"));

  /** URNs' names of what was created, in order. */
  const created: string[] = [];

  /** A provider whose creations are done and end in an error. */
  const cutOff =
    (provider: LocalProvider): PackageFactory =>
    () => ({
      ...provider,
      create: async (urn, inputs) => {
        created.push(urn.split("::")[3] ?? urn);
        await provider.create(urn, inputs);
        throw new Error("cut off");
      },
    });

  async function run(operation: Operation): Promise<RunResult> {
    const { aws, github } = cloud();
    const { endpoint } = aws;
    const local = {
      aws: awsProvider({
        region: "us-east-1",
        accessKey: "local",
        secretKey: "local",
        endpoints: [{ ecr: endpoint, iam: endpoint, sts: endpoint }],
      }),
      github: githubProvider({
        owner: testIdentity.owner,
        token: github.token,
        baseUrl: github.endpoint,
      }),
    };
    try {
      return await runStack({
        project: { root: folder, name: "slipway", stack: "test", config: {}, secretKeys: [] },
        operation,
        program: async () => program(),
        packages: { aws: cutOff(local.aws), github: cutOff(local.github) },
        stateFile: join(folder, "state.json"),
      });
    } finally {
      await local.aws.cancel?.();
    }
  }

  const changed = ({ steps }: RunResult, change: string): string[] =>
    steps
      .filter((step) => step.kind === "resource" && step.change === change)
      .map(({ name, note }) => (note === undefined ? name : `${name}: ${note}`))
      .sort();

  it("is found and gone on with by the next run, for every type", async () => {
    const healed: string[] = [];
    for (const wave of waves) {
      const result = await run("up");
      assert.deepEqual(
        result.failures.map(({ name, message }) => `${name ?? ""}: ${message}`).sort(),
        wave.map((name) => `${name}: cut off`),
      );
      healed.push(...changed(result, "create"));
    }
    const last = await run("up");
    assert.deepEqual(last.failures, []);
    healed.push(...changed(last, "create"));
    const everything = waves.flat().sort();
    assert.deepEqual(
      healed.sort(),
      everything.map((name) => `${name}: an interrupted run had made it`).sort(),
    );
    assert.deepEqual(created.sort(), everything, "nothing was created twice");
  });

  it("leaves nothing to change", async () => {
    assert.deepEqual(changed(await run("preview"), "same"), waves.flat().sort());
  });

  it("leaves nothing behind after destroy", async () => {
    const { changes, ok } = await run("destroy");
    assert.ok(ok);
    assert.equal(changes.delete, waves.flat().length);
    assert.deepEqual(changed(await run("preview"), "create"), waves.flat().sort());
  });
});
