/*
 * Environments and secrets that people change by hand, in order: each test begins where the one before ended.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Octokit } from "@octokit/core";
import { openSealedBox } from "../../../local/github/key-pairs.ts";
import { readRequestLog } from "../../support/request-log.ts";
import type { State } from "../../../local/github/store.ts";
import { seal } from "../../../github/seal.ts";
import { appliedStack, changed, type Run } from "./support/local-stack.ts";

const repository = { owner: "pytorch", repo: "pytorch" };
const build = { ...repository, environment_name: "docker-build" };
const all = ["create", "update", "replace", "delete"] as const;

describe("access to what the stack publishes", function () {
  this.timeout(120_000);
  const stack = appliedStack();
  let github: Octokit;

  before(() => {
    const { endpoint, token } = stack().cloud.github;
    github = new Octokit({ baseUrl: endpoint, auth: token });
  });

  const environmentOf = async (name: string) =>
    (
      await github.request("GET /repos/{owner}/{repo}/environments/{environment_name}", {
        ...repository,
        environment_name: name,
      })
    ).data;
  const policiesOf = async (name: string) =>
    (
      await github.request(
        "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
        { ...repository, environment_name: name },
      )
    ).data.branch_policies
      .map((policy) => policy.name ?? "")
      .sort();
  const reviewersOf = async (name: string) =>
    ((await environmentOf(name)).protection_rules ?? [])
      .flatMap((rule) => ("reviewers" in rule ? (rule.reviewers ?? []) : []))
      .map(({ reviewer }) => {
        assert.ok(reviewer);
        return "login" in reviewer ? reviewer.login : reviewer.slug;
      })
      .sort();
  const logOf = () => readRequestLog(join(stack().project.home, "github/requests.jsonl"));
  /** What GitHub finds in a secret. */
  const opened = async (environment: string, name: string): Promise<string | undefined> => {
    const text = await readFile(join(stack().project.home, "github/state.json"), "utf8");
    const { repositories } = JSON.parse(text) as State;
    const found = repositories
      .find((one) => one.owner === repository.owner && one.name === repository.repo)
      ?.environments.find((one) => one.name === environment);
    const secret = found?.secrets.find((one) => one.name === name);
    const bytes = secret && found && openSealedBox(found.keyPair, secret.encryptedValue);
    return bytes && Buffer.from(bytes).toString();
  };
  const diffOf = (run: Run, name: string) =>
    run.resources.find((resource) => resource.name === name)?.diff.map(({ path }) => path) ?? [];

  it("is seen by a preview when somebody changed it, each part by its name", async () => {
    await github.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", {
      ...repository,
      environment_name: "gpu-benchmarks",
      wait_timer: 0,
      reviewers: null,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await github.request(
      "POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
      { ...build, name: "**/*" },
    );
    const { data: key } = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      build,
    );
    // GitHub tells the time of a change to the second.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await github.request(
      "PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
      {
        ...build,
        secret_name: "DOCKER_TOKEN",
        key_id: key.key_id,
        encrypted_value: await seal("changed by hand", key.key),
      },
    );
    await github.request(
      "PATCH /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
      { ...build, name: "SLIPWAY_FAMILIES", value: "changed by hand" },
    );

    const preview = await stack().preview();
    assert.deepEqual(preview.failures, []);
    assert.deepEqual(changed(preview, ...all), [
      "docker-build-environment",
      "docker-build-secret-DOCKER_TOKEN",
      "docker-build-variable-SLIPWAY_FAMILIES",
      "gpu-benchmarks-environment",
    ]);
    assert.deepEqual(diffOf(preview, "docker-build-environment"), ["policies[3]"]);
    assert.deepEqual(diffOf(preview, "gpu-benchmarks-environment").sort(), [
      ...["users[0]", "users[1]", "waitTimer"],
    ]);
    const secret = preview.resources.find(
      ({ name }) => name === "docker-build-secret-DOCKER_TOKEN",
    );
    assert.equal(secret?.note, "somebody else wrote it; it is written again");
    assert.equal(await opened("docker-build", "DOCKER_TOKEN"), "changed by hand");
  });

  it("is set right by an up", async () => {
    const up = await stack().up();
    assert.deepEqual(up.failures, []);
    assert.equal(up.changes.update, 4);
    assert.deepEqual(await policiesOf("docker-build"), ["main", "release/*", "v*-rc*"]);
    assert.deepEqual(await reviewersOf("gpu-benchmarks"), ["alice", "bob"]);
    const { password } = stack().cloud.registries["docker.io"];
    assert.equal(await opened("docker-build", "DOCKER_TOKEN"), password);
    assert.deepEqual(changed(await stack().preview(), ...all), []);
  });

  it("has only the one branch named that somebody put in another's place", async () => {
    const of = await github.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
      build,
    );
    const release = of.data.branch_policies.find(({ name }) => name === "release/*");
    assert.ok(release?.id);
    await github.request(
      "DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
      { ...build, branch_policy_id: release.id },
    );
    await github.request(
      "POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
      { ...build, name: "feature/*" },
    );
    const preview = await stack().preview();
    const environment = preview.resources.find(({ name }) => name === "docker-build-environment");
    const patterns = environment?.diff.map(({ old, new: news }) =>
      [old, news].map((policy) => (policy as { pattern: string } | undefined)?.pattern),
    );
    assert.deepEqual(patterns, [
      [undefined, "release/*"],
      ["feature/*", undefined],
    ]);
    assert.deepEqual(changed(await stack().up(), ...all), ["docker-build-environment"]);
  });

  it("stays while it is protected, and who takes it out is told the key and the file", async () => {
    const protect = async (text: string) =>
      stack().project.edit("Pulumi.local.yaml", (file) =>
        file.replace(/slipway:protect: .*/, `slipway:protect: ${text}`),
      );
    await protect("true");
    assert.ok((await stack().up()).ok);
    const declareAgain = await stack().project.edit("Pulumi.local.yaml", (text) =>
      text.replaceAll("gpu-benchmarks:", "gpu-others:"),
    );
    const { failures } = await stack().preview();
    assert.deepEqual(
      failures.map(({ message }) => message),
      [
        "no longer declaring them would delete protected resources, and so deleted nothing:\n" +
          "  gpu-benchmarks-environment (slipway.GithubEnvironment)\n" +
          "Declare them again, set slipway:protect: false in Pulumi.local.yaml and run slipway up --stack local; " +
          "then take the declaration out again and run this again.",
      ],
    );
    await declareAgain();
    await protect("false");
    assert.ok((await stack().up()).ok);
  });

  it("loses the reviewers that the stack no longer names", async () => {
    await stack().project.edit("Pulumi.local.yaml", (text) =>
      text.replace(/( {6}users:\n {8}- alice\n) {8}- bob\n/, "$1"),
    );
    assert.deepEqual(changed(await stack().up(), ...all), ["gpu-benchmarks-environment"]);
    assert.deepEqual(await reviewersOf("gpu-benchmarks"), ["alice"]);
  });

  it("comes back when the environment was deleted, with secrets that its new key opens", async () => {
    const before = await environmentOf("docker-build");
    await github.request("DELETE /repos/{owner}/{repo}/environments/{environment_name}", build);
    const up = await stack().up();
    assert.deepEqual(up.failures, []);
    assert.deepEqual(changed(up, ...all), [
      "docker-build-environment",
      "docker-build-secret-DOCKER_ID",
      "docker-build-secret-DOCKER_TOKEN",
      "docker-build-variable-SLIPWAY_FAMILIES",
      "docker-build-variable-SLIPWAY_PUSH_ROLE_ARN",
    ]);
    assert.notEqual((await environmentOf("docker-build")).id, before.id);
    const { username, password } = stack().cloud.registries["docker.io"];
    assert.equal(await opened("docker-build", "DOCKER_ID"), username);
    assert.equal(await opened("docker-build", "DOCKER_TOKEN"), password);
    assert.deepEqual(changed(await stack().preview(), ...all), []);
  });

  it("was at no request without a policy while it held a secret", () => {
    const held = logOf().flatMap(({ environment }) => environment ?? []);
    const guarded = held.filter(({ secrets }) => secrets > 0);
    assert.ok(guarded.length > 10, `${guarded.length} requests were about one with a secret`);
    assert.deepEqual(
      guarded.filter(({ branchPolicy, policies }) => branchPolicy !== "custom" || policies === 0),
      [],
    );
  });
});
