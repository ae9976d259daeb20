import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { NEEDED } from "../../../local/github/permissions.ts";
import { REPO, TestEmulator } from "./test-emulator.ts";

const ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}";
const RULESETS = "/repos/{owner}/{repo}/rulesets";
const build = { ...REPO, environment_name: "docker-build" };
const policies = { protected_branches: false, custom_branch_policies: true };

describe("the permissions of a token", () => {
  let emulator: TestEmulator;
  beforeEach(async () => {
    emulator = new TestEmulator();
    await emulator.start();
    await emulator.octokit.request(`PUT ${ENVIRONMENT}`, {
      ...{ ...build, deployment_branch_policy: policies },
    });
  });
  afterEach(() => emulator.stop());

  const as = async (permissions: Readonly<Record<string, "read" | "write">>) =>
    emulator.octokitOf(await emulator.github.putToken({ permissions }));

  const refused = (work: Promise<unknown>) =>
    assert.rejects(work, (error: Error & { status?: number }) => {
      assert.equal(error.status, 403);
      assert.match(error.message, /^Resource not accessible by integration/);
      return true;
    });

  it("are known for every operation", () => {
    const { paths } = JSON.parse(
      readFileSync(new URL("../../../local/github/api.json", import.meta.url), "utf8"),
    ) as { paths: Record<string, Record<string, { operationId: string }>> };
    const all = Object.values(paths).flatMap((one) =>
      Object.values(one).map(({ operationId }) => operationId),
    );
    // An installation is no user.
    assert.deepEqual([...Object.keys(NEEDED), "users/get-authenticated"].sort(), all.sort());
  });

  it("refuse everything that they do not admit, and nothing that they do", async () => {
    const actions = await as({ actions: "read" });
    await actions.request(`GET ${ENVIRONMENT}`, build);
    await actions.request(`GET ${ENVIRONMENT}/deployment-branch-policies`, build);
    await actions.request("GET /repos/{owner}/{repo}/actions/oidc/customization/sub", REPO);
    await refused(actions.request(`PUT ${ENVIRONMENT}`, build));
    await refused(actions.request(`GET ${ENVIRONMENT}/secrets`, build));
    await refused(actions.request("GET /repos/{owner}/{repo}/actions/secrets", REPO));
    await refused(actions.request("GET /repos/{owner}/{repo}/actions/variables", REPO));
    await refused(actions.request("GET /orgs/{org}/teams", { org: REPO.owner }));
    await refused(actions.request("GET /user"));
    const name = { ...build, name: "A", value: "b" };
    const reader = await as({ environments: "read" });
    await reader.request(`GET ${ENVIRONMENT}/variables`, build);
    await refused(reader.request(`POST ${ENVIRONMENT}/variables`, name));
    const writer = await as({ environments: "write" });
    await writer.request(`POST ${ENVIRONMENT}/variables`, name);
    await writer.request(`GET ${ENVIRONMENT}/secrets`, build);
    await refused(writer.request(`GET ${ENVIRONMENT}`, build));
  });

  it("refuse before anything else is looked at", async () => {
    const nothing = await as({});
    const gone = { ...REPO, ruleset_id: 4711 };
    await refused(nothing.request(`DELETE ${RULESETS}/{ruleset_id}`, gone));
    await refused(nothing.request("POST /repos/{owner}/{repo}/issues", { ...REPO, title: "" }));
    await nothing.request("GET /repos/{owner}/{repo}", REPO);
  });

  it("are written with hyphens by workflows, and either of two may do", async () => {
    const create = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
    const { data } = await emulator.octokit.request("POST /repos/{owner}/{repo}/issues", {
      ...{ ...REPO, title: "x" },
    });
    const comment = { ...REPO, issue_number: data.number, body: "y" };
    await (await as({ "pull-requests": "write" })).request(create, comment);
    await (await as({ issues: "write" })).request(create, comment);
    await refused((await as({ issues: "read" })).request(create, comment));
  });

  it("let those alone see who goes past a ruleset who may write it", async () => {
    const { data } = await emulator.octokit.request(`POST ${RULESETS}`, {
      ...{ ...REPO, name: "refs", enforcement: "active", target: "branch" },
      bypass_actors: [{ actor_id: 5, actor_type: "RepositoryRole", bypass_mode: "always" }],
      conditions: { ref_name: { include: ["refs/heads/main"], exclude: [] } },
      rules: [{ type: "deletion" }],
    });
    const seen = async (octokit: TestEmulator["octokit"]) =>
      (await octokit.request(`GET ${RULESETS}/{ruleset_id}`, { ...REPO, ruleset_id: data.id }))
        .data;
    assert.equal((await seen(emulator.octokit)).bypass_actors?.length, 1);
    assert.equal((await seen(await as({ administration: "write" }))).bypass_actors?.length, 1);
    const told = await seen(await as({ administration: "read" }));
    assert.equal(told.bypass_actors, undefined);
    assert.deepEqual(told.rules, [{ type: "deletion" }]);
  });
});
