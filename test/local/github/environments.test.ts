import assert from "node:assert/strict";
import { idOf } from "../../../local/github/identifiers.ts";
import { REPO, refusal, sealed, useEmulator } from "./test-emulator.ts";

const ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}";
const ALICE = { type: "User", id: idOf("account", "alice") };
const CI_INFRA = { type: "Team", id: idOf("team", "pytorch/ci-infra") };

describe("environments of the GitHub emulator", () => {
  const emulator = useEmulator();
  const put = (environment_name: string, body: Record<string, unknown> = {}) =>
    emulator.octokit.request(`PUT ${ENVIRONMENT}`, { ...REPO, environment_name, ...body });
  const get = (environment_name: string) =>
    emulator.octokit.request(`GET ${ENVIRONMENT}`, { ...REPO, environment_name });
  const remove = (environment_name: string) =>
    emulator.octokit.request(`DELETE ${ENVIRONMENT}`, { ...REPO, environment_name });

  it("creates an environment without protection from an empty request", async () => {
    const { status, data } = await put("plain");
    assert.equal(status, 200);
    assert.equal(data.name, "plain");
    assert.deepEqual(data.protection_rules, []);
    assert.equal(data.deployment_branch_policy, null);
    assert.partialDeepStrictEqual(data, { can_admins_bypass: true });
    assert.equal(data.url, `${emulator.url}/repos/pytorch/pytorch/environments/plain`);
  });

  it("gives back every protection that was set", async () => {
    await put("reviewed", {
      wait_timer: 30,
      prevent_self_review: true,
      can_admins_bypass: false,
      reviewers: [ALICE, CI_INFRA],
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    });
    const { data } = await get("reviewed");
    assert.partialDeepStrictEqual(data, {
      can_admins_bypass: false,
      protection_rules: [
        { type: "wait_timer", wait_timer: 30 },
        {
          type: "required_reviewers",
          prevent_self_review: true,
          reviewers: [
            { type: "User", reviewer: { id: ALICE.id, login: "alice" } },
            { type: "Team", reviewer: { id: CI_INFRA.id, slug: "ci-infra", name: "CI infra" } },
          ],
        },
        { type: "branch_policy" },
      ],
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    });
  });

  it("keeps what an update does not mention and clears what it sets to null", async () => {
    await put("updated", {
      wait_timer: 5,
      can_admins_bypass: false,
      reviewers: [ALICE],
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    const { data: kept } = await put("updated", { wait_timer: 6 });
    assert.deepEqual(
      kept.protection_rules?.map((rule) => rule.type),
      ["wait_timer", "required_reviewers", "branch_policy"],
    );
    const { data } = await put("updated", {
      wait_timer: 0,
      reviewers: null,
      deployment_branch_policy: null,
    });
    assert.deepEqual(data.protection_rules, []);
    assert.partialDeepStrictEqual(data, { id: kept.id, can_admins_bypass: false });
  });

  it("finds an environment whatever the case, and with a slash in its name", async () => {
    await put("Docker/Build");
    const { data } = await get("docker/BUILD");
    assert.equal(data.name, "Docker/Build");
    await put("docker/build");
    const { data: list } = await emulator.octokit.request(
      "GET /repos/{owner}/{repo}/environments",
      REPO,
    );
    const found = list.environments?.filter(({ name }) => name.toLowerCase() === "docker/build");
    assert.equal(found?.length, 1);
    assert.equal(list.total_count, list.environments?.length);
  });

  it("answers 404 for an environment that does not exist", async () => {
    const expected = { status: 404, message: "Not Found" };
    assert.partialDeepStrictEqual(await refusal(get("absent")), expected);
    assert.partialDeepStrictEqual(await refusal(remove("absent")), expected);
  });

  it("refuses equal values of the two branch policies", async () => {
    for (const value of [true, false]) {
      const refused = await refusal(
        put("equal", {
          deployment_branch_policy: { protected_branches: value, custom_branch_policies: value },
        }),
      );
      assert.deepEqual(refused, {
        status: 422,
        message: '"custom_branch_policies" and "protected_branches" cannot have the same value',
        documentation_url:
          "https://docs.github.com/rest/deployments/environments#create-or-update-an-environment",
      });
    }
    assert.equal((await refusal(get("equal"))).status, 404, "a refused request changes nothing");
  });

  it("refuses prevent_self_review without a reviewer", async () => {
    const { status, message } = await refusal(put("alone", { prevent_self_review: true }));
    assert.equal(status, 422);
    assert.match(message, /must have at least one reviewer to set prevent_self_review\.$/);
  });

  it("leaves reviewers out that do not exist or have no access, without a word", async () => {
    const observers = { type: "Team", id: idOf("team", "pytorch/observers") };
    const organization = { type: "User", id: idOf("account", "pytorch") };
    const nobody = { type: "User", id: CI_INFRA.id };
    const team = { type: "Team", id: ALICE.id };
    const reviewers = [observers, organization, nobody, ALICE, team];
    const { data } = await put("left-out", { reviewers });
    assert.partialDeepStrictEqual(data.protection_rules, [
      { type: "required_reviewers", reviewers: [{ reviewer: { login: "alice" } }] },
    ]);
    const { data: none } = await put("left-out", { reviewers: [observers] });
    assert.deepEqual(none.protection_rules, []);
    const refused = put("left-out", { reviewers: [observers], prevent_self_review: true });
    assert.match((await refusal(refused)).message, /must have at least one reviewer/);
  });

  it("refuses a wait timer above 30 days and more than six reviewers", async () => {
    const reviewers = Array.from({ length: 7 }, (_, id) => ({ type: "User", id }));
    const { status, message } = await refusal(put("much", { wait_timer: 43_201, reviewers }));
    assert.equal(status, 422);
    assert.equal(
      message,
      "Invalid request.\n\n43201 must be less than or equal to 43200.\n" +
        "No more than 6 items are allowed; 7 were supplied.",
    );
  });

  it("refuses a name of more than 255 characters", async () => {
    assert.equal((await put("a".repeat(255))).status, 200);
    assert.equal((await refusal(put("a".repeat(256)))).status, 422);
  });

  it("deletes policies, secrets and variables with their environment, and its keys", async () => {
    const scope = { ...REPO, environment_name: "doomed" };
    const custom = { protected_branches: false, custom_branch_policies: true };
    const publicKey = async () => {
      const { data } = await emulator.octokit.request(
        `GET ${ENVIRONMENT}/secrets/public-key`,
        scope,
      );
      return data;
    };
    const { data: first } = await put("doomed", { deployment_branch_policy: custom });
    const key = await publicKey();
    await emulator.octokit.request(`POST ${ENVIRONMENT}/deployment-branch-policies`, {
      ...scope,
      name: "main",
    });
    await emulator.octokit.request(`PUT ${ENVIRONMENT}/secrets/{secret_name}`, {
      ...scope,
      secret_name: "DOCKER_TOKEN",
      ...sealed("hunter2", key),
    });
    await emulator.octokit.request(`POST ${ENVIRONMENT}/variables`, {
      ...scope,
      name: "REGION",
      value: "us-east-1",
    });

    assert.equal((await remove("doomed")).status, 204);
    for (const list of ["deployment-branch-policies", "secrets", "variables"] as const) {
      const refused = await refusal(emulator.octokit.request(`GET ${ENVIRONMENT}/${list}`, scope));
      assert.equal(refused.status, 404, list);
    }

    const { data: second } = await put("doomed", { deployment_branch_policy: custom });
    assert.notEqual(second.id, first.id);
    assert.notEqual((await publicKey()).key_id, key.key_id);
    for (const list of ["deployment-branch-policies", "secrets", "variables"] as const) {
      const { data } = await emulator.octokit.request(`GET ${ENVIRONMENT}/${list}`, scope);
      assert.equal(data.total_count, 0, list);
    }
  });
});
