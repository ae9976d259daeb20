// Proves the provider against the emulator of GitHub, not against GitHub.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGithubEmulator } from "../../../local/github/emulator.ts";
import { idOf } from "../../../local/github/identifiers.ts";
import { githubProvider } from "../../../local/providers/github.ts";
import type { LocalProvider } from "../../../local/providers/resource-provider.ts";
import { Subject, urnOf } from "./lifecycle.ts";

const ENVIRONMENT_VARIABLE = "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable";
const RULESET = "github:index/repositoryRuleset:RepositoryRuleset";
const VARIABLE = "github:index/actionsVariable:ActionsVariable";

const repository = "slipway";
const environment = "docker:build";
const token = "a-token-for-tests";
/** The parameters that a rule of this type must have. */
const PULL_REQUEST = {
  dismiss_stale_reviews_on_push: false,
  require_code_owner_review: false,
  require_last_push_approval: false,
  required_approving_review_count: 1,
  required_review_thread_resolution: false,
};

describe("the local github provider", () => {
  let folder: string;
  let emulator: Awaited<ReturnType<typeof createGithubEmulator>>;
  let baseUrl: string;
  let github: LocalProvider;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "slipway-github-provider-"));
    emulator = await createGithubEmulator({
      stateFile: join(folder, "state.json"),
      logFile: join(folder, "requests.jsonl"),
      token,
      organization: "pytorch",
      repositories: [{ name: repository }],
    });
    baseUrl = await emulator.listen({ host: "127.0.0.1", port: 0 });
    github = githubProvider({ owner: "pytorch", token, baseUrl });
  });

  after(async () => {
    await emulator.close();
    rmSync(folder, { recursive: true });
  });

  async function changeRuleset({ id }: Subject, change: object): Promise<void> {
    const response = await fetch(`${baseUrl}/repos/pytorch/${repository}/rulesets/${id}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(change),
    });
    assert.equal(response.status, 200, await response.text());
  }

  async function requestEnvironment(method: "PUT" | "DELETE"): Promise<void> {
    const place = `${baseUrl}/repos/pytorch/${repository}/environments/${environment}`;
    const { ok, status } = await fetch(place, {
      method,
      headers: { authorization: `Bearer ${token}` },
      body: method === "PUT" ? "{}" : null,
    });
    assert.ok(ok, `${method}: ${status}`);
  }

  it("writes ids as the real provider does", async () => {
    await requestEnvironment("PUT");
    const place = { repository, environment, variableName: "A" };
    const made = await new Subject(github, ENVIRONMENT_VARIABLE).create({ ...place, value: "1" });
    assert.equal(made.id, "slipway:docker??build:A");
    assert.ok(Number.isInteger(made.state["repositoryId"]));
    await requestEnvironment("DELETE");
  });

  it("promises what stays in an update, and nothing else", async () => {
    const stables: Record<string, string[]> = {
      [ENVIRONMENT_VARIABLE]: ["repositoryId", "createdAt"],
      [VARIABLE]: ["repositoryId", "createdAt"],
      [RULESET]: ["nodeId", "rulesetId"],
    };
    for (const [type, expected] of Object.entries(stables)) {
      const diff = await github.diff("id", urnOf(type), {}, { value: "x", environment: "y" });
      assert.deepEqual(diff.stables, expected, type);
    }
  });

  it("makes, changes and removes environment and repository variables", async () => {
    await requestEnvironment("PUT");
    const named = { repository, variableName: "AWS_REGION" };
    for (const [type, place] of [
      [ENVIRONMENT_VARIABLE, { environment }],
      [VARIABLE, {}],
    ] as const) {
      await new Subject(github, type).live(
        { ...named, ...place, value: "us-east-1" },
        { ...named, ...place, value: "us-west-2" },
        ["value"],
      );
    }
    await requestEnvironment("DELETE");
  });

  it("sees a variable that someone else changed", async () => {
    const news = { repository, variableName: "AWS_REGION", value: "us-east-1" };
    const [ours, theirs] = [new Subject(github, VARIABLE), new Subject(github, VARIABLE)];
    await ours.create(news);
    Object.assign(theirs, { id: ours.id, state: ours.state });
    await theirs.update({ ...news, value: "changed by hand" });
    await ours.refresh();
    assert.deepEqual(await ours.diff(news), ["value"]);
    await ours.update(news);
    await ours.refresh();
    assert.deepEqual(await ours.diff(news), []);
    await ours.delete();
  });

  it("says that a variable of this name is there already", async () => {
    const news = { repository, variableName: "TAKEN", value: "1" };
    const made = await new Subject(github, VARIABLE).create(news);
    await assert.rejects(new Subject(github, VARIABLE).create(news), /HTTP 409: Already exists/);
    await made.delete();
  });

  it("finds a variable gone with its environment", async () => {
    await requestEnvironment("PUT");
    const place = { repository, environment, variableName: "A" };
    const made = await new Subject(github, ENVIRONMENT_VARIABLE).create({ ...place, value: "1" });
    await requestEnvironment("DELETE");
    assert.equal(await made.refresh(), false);
    await made.delete();
  });

  const refName = { includes: ["refs/tags/v*"], excludes: [] };
  const ruleset = {
    repository,
    name: "release tags",
    target: "tag",
    enforcement: "active",
    conditions: { refName },
    bypassActors: [
      {
        actorId: idOf("team", "pytorch/release-engineers"),
        actorType: "Team",
        bypassMode: "always",
      },
      { actorType: "OrganizationAdmin", bypassMode: "always" },
    ],
    rules: { creation: true, update: true, deletion: true, nonFastForward: true },
  };

  it("makes, changes and removes a ruleset", async () => {
    await new Subject(github, RULESET).live(
      ruleset,
      {
        ...ruleset,
        enforcement: "disabled",
        conditions: { refName: { ...refName, excludes: ["refs/tags/v0.*"] } },
        bypassActors: [],
        rules: { deletion: true },
      },
      ["enforcement", "bypassActors", "conditions", "rules"],
    );
  });

  it("does not mind the order of a ruleset's actors, and replaces one of another repository", async () => {
    const made = await new Subject(github, RULESET).create(ruleset);
    assert.equal(made.id, String(made.state["rulesetId"]));
    const bypassActors = ruleset.bypassActors.toReversed();
    assert.deepEqual(await made.diff({ ...ruleset, bypassActors }), []);
    assert.deepEqual(await made.diff({ ...ruleset, repository: "other" }), ["repository!"]);
    await made.delete();
  });

  it("sees every rule, actor and pattern that someone changed by hand, and takes it back", async () => {
    const made = await new Subject(github, RULESET).create(ruleset);
    const alice = { actor_type: "User", actor_id: idOf("account", "alice"), bypass_mode: "always" };
    const conditions = { ref_name: { include: ["refs/tags/w*"], exclude: [] } };
    for (const [byHand, seen] of [
      [{ bypass_actors: [alice] }, "bypassActors"],
      [{ conditions }, "conditions"],
      [{ enforcement: "disabled" }, "enforcement"],
      [{ rules: [] }, "rules"],
      [{ rules: [{ type: "required_signatures" }] }, "rules"],
      [{ rules: [{ type: "pull_request", parameters: PULL_REQUEST }] }, "rules"],
    ] as const) {
      await changeRuleset(made, byHand);
      await made.refresh();
      assert.deepEqual(await made.diff(ruleset), [seen], JSON.stringify(byHand));
      await made.update(ruleset);
      await made.refresh();
      assert.deepEqual(await made.diff(ruleset), []);
    }
    await made.delete();
  });

  it("adopts a ruleset by its repository and number", async () => {
    const made = await new Subject(github, RULESET).create(ruleset);
    const adopted = new Subject(github, RULESET);
    adopted.id = `${repository}:${made.id}`;
    assert.ok(await adopted.refresh());
    assert.deepEqual(await adopted.diff(ruleset), []);
    await adopted.update({ ...ruleset, enforcement: "disabled" });
    await adopted.delete();
    assert.equal(await made.refresh(), false);
  });

  it("refuses a rule that it does not have, and an update rule's setting without it", async () => {
    const rules = { pullRequest: {}, updateAllowsFetchAndMerge: true };
    assert.deepEqual(await new Subject(github, RULESET).faults({ ...ruleset, rules }), [
      "rules.pullRequest: the local github provider does not implement this property; leave it out",
      "rules.updateAllowsFetchAndMerge: means nothing without update: true; leave it out, or add that",
    ]);
  });

  it("says what GitHub says against a ruleset", async () => {
    const made = await new Subject(github, RULESET).create(ruleset);
    const again = new Subject(github, RULESET);
    await assert.rejects(
      again.create(ruleset),
      /HTTP 422: Validation Failed: "Name must be unique"/,
    );
    await made.delete();
  });

  it("tells the number of a team, as text", async () => {
    const getTeam = (args: Record<string, unknown>) =>
      github.invoke("github:index/getTeam:getTeam", args);
    const { outputs } = await getTeam({ slug: "ci-infra", summaryOnly: true });
    assert.partialDeepStrictEqual(outputs, {
      id: String(idOf("team", "pytorch/ci-infra")),
      slug: "ci-infra",
      name: "CI infra",
    });
    await assert.rejects(
      getTeam({ slug: "absent", summaryOnly: true }),
      /pytorch has no team absent; write the slug of one/,
    );
    await assert.rejects(getTeam({ slug: "ci-infra" }), /implements only slug with summaryOnly/);
  });

  it("takes the configuration of the stack as Pulumi's SDK sends it, and nothing unknown", () => {
    const config = { owner: "pytorch", token, baseUrl };
    assert.doesNotThrow(() => githubProvider({ ...config, legacyClient: "false" }));
    assert.throws(() => githubProvider({ ...config, legacyClient: "no" }), /legacyClient/);
    assert.throws(
      () => githubProvider({ ...config, maxRetries: "1" }),
      /maxRetries: the local github provider does not implement this property/,
    );
  });

  it("says which token is wrong", async () => {
    const news = { repository, variableName: "A", value: "1" };
    const stranger = githubProvider({ owner: "pytorch", token: "wrong", baseUrl });
    await assert.rejects(
      new Subject(stranger, VARIABLE).create(news),
      /create it \(github:index\/actionsVariable:ActionsVariable\): http:\/\/127.*does not accept the token/,
    );
  });
});
