import assert from "node:assert/strict";
import { idOf } from "../../../local/github/identifiers.ts";
import { REPO, refusal, useEmulator } from "./test-emulator.ts";

const RULESETS = "/repos/{owner}/{repo}/rulesets";
const TEAM = { actor_type: "Team", actor_id: idOf("team", "pytorch/release-engineers") } as const;
const RELEASES = {
  name: "release tags",
  target: "tag",
  enforcement: "active",
  bypass_actors: [{ ...TEAM, bypass_mode: "always" }],
  conditions: { ref_name: { include: ["refs/tags/v*"], exclude: [] } },
  rules: [
    { type: "creation" },
    { type: "update", parameters: { update_allows_fetch_and_merge: false } },
    { type: "deletion" },
    { type: "non_fast_forward" },
  ],
} as const;

interface Ruleset {
  readonly id: number;
  readonly name: string;
  readonly bypass_actors: readonly {
    readonly actor_id: number | null;
    readonly bypass_mode: string;
  }[];
  readonly created_at: string;
  readonly updated_at: string;
}

describe("rulesets of the GitHub emulator", () => {
  const emulator = useEmulator();
  const request = async (route: string, body: object = {}) => {
    const answer: { status: number; data: unknown } = await emulator.octokit.request(route, {
      ...REPO,
      ...body,
    });
    return answer;
  };
  const one = async (answer: ReturnType<typeof request>) => {
    const { status, data } = await answer;
    return { status, data: data as Ruleset };
  };
  const create = (body: object = {}) => one(request(`POST ${RULESETS}`, { ...RELEASES, ...body }));
  const at = (method: string, ruleset_id: number, body: object = {}) =>
    one(request(`${method} ${RULESETS}/{ruleset_id}`, { ruleset_id, ...body }));
  const all = async (query: object = {}) =>
    (await request(`GET ${RULESETS}`, query)).data as Ruleset[];
  const list = async (query: object = {}) => (await all(query)).map(({ name }) => name);
  const errorsOf = async (body: object): Promise<unknown> => {
    const response = await emulator.fetch("/repos/pytorch/pytorch/rulesets", {
      method: "POST",
      body: JSON.stringify({ ...RELEASES, ...body }),
    });
    assert.equal(response.status, 422);
    const { message, errors } = (await response.json()) as Record<string, unknown>;
    assert.equal(message, "Validation Failed");
    return errors;
  };
  let id: number;

  const withoutUrl = (ruleset: Ruleset) => ({ ...ruleset, _links: undefined });

  it("gives back what was made, also after a restart", async () => {
    const { status, data } = await create();
    assert.equal(status, 201);
    assert.partialDeepStrictEqual(data, {
      ...RELEASES,
      source: "pytorch/pytorch",
      source_type: "Repository",
      _links: { self: { href: `${emulator.url}/repos/pytorch/pytorch/rulesets/${data.id}` } },
    });
    id = data.id;
    await emulator.restart();
    const { data: read } = await at("GET", id);
    assert.deepEqual(withoutUrl(read), withoutUrl(data));
  });

  it("lists them by target, without what they say", async () => {
    const branches = { include: ["refs/heads/release/*", "~DEFAULT_BRANCH"], exclude: [] };
    const { data } = await create({
      name: "branches",
      target: "branch",
      conditions: { ref_name: branches },
    });
    assert.deepEqual(await list(), ["release tags", "branches"]);
    assert.deepEqual(await list({ targets: "branch,push" }), ["branches"]);
    assert.deepEqual(await list({ per_page: 1, page: 2 }), ["branches"]);
    const [first] = await all();
    for (const key of ["rules", "bypass_actors", "conditions"]) assert.ok(!(key in first!), key);
    assert.equal((await at("DELETE", data.id)).status, 204);
    assert.equal((await refusal(at("GET", data.id))).status, 404);
    assert.equal((await refusal(at("DELETE", data.id))).status, 404);
    assert.deepEqual(await list(), ["release tags"]);
  });

  it("changes what an update mentions and keeps the rest", async () => {
    const { data } = await at("PUT", id, { enforcement: "disabled", bypass_actors: [] });
    const { updated_at, ...rest } = data;
    assert.partialDeepStrictEqual(rest, {
      ...RELEASES,
      enforcement: "disabled",
      bypass_actors: [],
    });
    assert.ok(updated_at > data.created_at);
    const { data: again } = await at("PUT", id, RELEASES);
    assert.partialDeepStrictEqual(again, RELEASES);
  });

  it("refuses patterns that are no whole refs of the target", async () => {
    for (const [target, pattern] of [
      ["branch", "main"],
      ["branch", "refs/*"],
      ["branch", "refs/tags/v*"],
      ["branch", "~MAGIC"],
      ["tag", "v*"],
      ["tag", "refs/heads/main"],
    ] as const) {
      const conditions = { ref_name: { include: [pattern], exclude: [] } };
      const errors = await errorsOf({ name: "new", target, conditions });
      assert.deepEqual(errors, [`Invalid target patterns: '${pattern}'`]);
    }
    const conditions = { ref_name: { include: ["refs/tags/v*"] } };
    assert.deepEqual(await errorsOf({ name: "new", conditions }), ["Invalid target patterns: ''"]);
  });

  it("refuses actors that do not exist, and gives those without an id none", async () => {
    for (const [actor_type, actor_id] of [
      ["Team", idOf("account", "alice")],
      ["User", TEAM.actor_id],
      ["RepositoryRole", 999999],
    ] as const) {
      const bypass_actors = [{ actor_type, actor_id, bypass_mode: "always" }];
      assert.deepEqual(await errorsOf({ name: "new", bypass_actors }), [
        `Invalid bypass actor: '{{actor_id: ${actor_id}}, {actor_type: ${actor_type}}}'`,
      ]);
    }
    const bypass_actors = [
      { actor_type: "User", actor_id: idOf("account", "alice"), bypass_mode: "always" },
      { actor_type: "RepositoryRole", actor_id: 5 },
      { actor_type: "OrganizationAdmin", actor_id: 1, bypass_mode: "always" },
      { actor_type: "DeployKey" },
    ];
    const { data } = await at("PUT", id, { bypass_actors });
    assert.deepEqual(
      data.bypass_actors.map(({ actor_id, bypass_mode }) => [actor_id, bypass_mode]),
      [idOf("account", "alice"), 5, null, null].map((actor) => [actor, "always"]),
    );
  });

  it("refuses a name that is taken, by a new one and by a renamed one", async () => {
    assert.deepEqual(await errorsOf({ name: "Release Tags" }), ["Name must be unique"]);
    const { data } = await create({ name: "other" });
    assert.equal((await refusal(at("PUT", data.id, { name: RELEASES.name }))).status, 422);
    assert.equal((await at("GET", data.id)).data.name, "other");
  });

  it("refuses a rule that GitHub does not have, or with other parameters", async () => {
    for (const rule of [{ type: "no_such_rule" }, { type: "update", parameters: {} }]) {
      const { status, message } = await refusal(create({ name: "new", rules: [rule] }));
      assert.equal(status, 422);
      assert.equal(
        message,
        "Invalid request.\n\nInvalid property /rules/0: data matches no possible input.",
      );
    }
  });

  it("are not found in a repository that does not exist", async () => {
    const { status } = await emulator.fetch("/repos/pytorch/absent/rulesets");
    assert.equal(status, 404);
  });
});
