import assert from "node:assert/strict";
import { REPO, refusal, TOKEN, useEmulator } from "./test-emulator.ts";

const ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}";
const POLICIES = `${ENVIRONMENT}/deployment-branch-policies` as const;
const POLICY = `${POLICIES}/{branch_policy_id}` as const;

describe("deployment branch and tag policies of the GitHub emulator", () => {
  const emulator = useEmulator();
  /** An environment whose branch policies are `kind`. */
  const environment = async (environment_name: string, kind: "custom" | "protected") => {
    const scope = { ...REPO, environment_name };
    await emulator.octokit.request(`PUT ${ENVIRONMENT}`, {
      ...scope,
      deployment_branch_policy: {
        protected_branches: kind === "protected",
        custom_branch_policies: kind === "custom",
      },
    });
    return scope;
  };

  it("creates, gets, lists, renames and deletes policies", async () => {
    const scope = await environment("whole-life", "custom");
    const { data: branch } = await emulator.octokit.request(`POST ${POLICIES}`, {
      ...scope,
      name: "release/*",
    });
    const { data: tag } = await emulator.octokit.request(`POST ${POLICIES}`, {
      ...scope,
      name: "v*",
      type: "tag",
    });
    assert.deepEqual([branch.type, tag.type], ["branch", "tag"]);
    const { data: list } = await emulator.octokit.request(`GET ${POLICIES}`, scope);
    assert.deepEqual(list, { total_count: 2, branch_policies: [branch, tag] });

    const one = { ...scope, branch_policy_id: tag.id! };
    const { data: renamed } = await emulator.octokit.request(`PUT ${POLICY}`, {
      ...one,
      name: "v*-rc*",
    });
    assert.deepEqual(renamed, { ...tag, name: "v*-rc*" });
    assert.deepEqual((await emulator.octokit.request(`GET ${POLICY}`, one)).data, renamed);
    assert.equal((await emulator.octokit.request(`DELETE ${POLICY}`, one)).status, 204);
    assert.equal((await refusal(emulator.octokit.request(`GET ${POLICY}`, one))).status, 404);
    assert.equal((await refusal(emulator.octokit.request(`DELETE ${POLICY}`, one))).status, 404);
  });

  it("answers 404 to everything unless the environment has custom policies", async () => {
    const scope = await environment("protected", "protected");
    const requests = [
      emulator.octokit.request(`GET ${POLICIES}`, scope),
      emulator.octokit.request(`POST ${POLICIES}`, { ...scope, name: "main" }),
      emulator.octokit.request(`GET ${POLICY}`, { ...scope, branch_policy_id: 1 }),
    ];
    for (const refused of await Promise.all(requests.map(refusal))) {
      assert.partialDeepStrictEqual(refused, { status: 404, message: "Not Found" });
    }
  });

  it("answers 303 for a pattern that exists, and following it gives no id", async () => {
    const scope = await environment("twice", "custom");
    const create = () => emulator.octokit.request(`POST ${POLICIES}`, { ...scope, name: "main" });
    await create();
    const path = "/repos/pytorch/pytorch/environments/twice/deployment-branch-policies";
    const response = await emulator.fetch(path, {
      method: "POST",
      body: JSON.stringify({ name: "main" }),
      headers: { authorization: `token ${TOKEN}` },
    });
    assert.equal(response.status, 303);
    assert.equal(response.headers.get("location"), `${emulator.url}${path}`);
    assert.equal(await response.text(), "");
    const { data } = await create();
    assert.equal(data.id, undefined);
    assert.partialDeepStrictEqual(data, { total_count: 1 });
  });

  it("tells a branch pattern from the same tag pattern", async () => {
    const scope = await environment("both", "custom");
    for (const type of ["branch", "tag"] as const) {
      await emulator.octokit.request(`POST ${POLICIES}`, { ...scope, name: "v1", type });
    }
    const { data } = await emulator.octokit.request(`GET ${POLICIES}`, scope);
    assert.equal(data.total_count, 2);
  });

  it("refuses a type that is neither branch nor tag", async () => {
    await environment("commits", "custom");
    const path = "/repos/pytorch/pytorch/environments/commits/deployment-branch-policies";
    const body = JSON.stringify({ name: "main", type: "commit" });
    const response = await emulator.fetch(path, { method: "POST", body });
    assert.equal(response.status, 422);
    assert.deepEqual(await response.json(), {
      message: 'Invalid request.\n\ncommit is not a member of ["branch","tag"].',
      documentation_url:
        "https://docs.github.com/rest/deployments/branch-policies#create-a-deployment-branch-policy",
      status: "422",
    });
  });

  it("refuses to rename a policy to a pattern that exists", async () => {
    const scope = await environment("renaming", "custom");
    await emulator.octokit.request(`POST ${POLICIES}`, { ...scope, name: "main" });
    const { data } = await emulator.octokit.request(`POST ${POLICIES}`, {
      ...scope,
      name: "release/*",
    });
    const rename = { ...scope, branch_policy_id: data.id!, name: "main" };
    assert.equal((await refusal(emulator.octokit.request(`PUT ${POLICY}`, rename))).status, 422);
  });

  it("forgets the policies of an environment that has custom policies no longer", async () => {
    const scope = await environment("switched", "custom");
    await emulator.octokit.request(`POST ${POLICIES}`, { ...scope, name: "main" });
    await environment("switched", "protected");
    await environment("switched", "custom");
    const { data } = await emulator.octokit.request(`GET ${POLICIES}`, scope);
    assert.equal(data.total_count, 0);
  });
});
