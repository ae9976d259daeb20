// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import { slipwayProvider } from "../../provider/slipway.ts";
import { REPO } from "../local/github/test-emulator.ts";
import { EnginePlayer } from "./support/engine-player.ts";
import { useStage } from "./support/github-stage.ts";

const TYPE = "slipway:index:GithubEnvironment";
const NAMED = "/repos/{owner}/{repo}/environments/{environment_name}";
const POLICIES = `${NAMED}/deployment-branch-policies`;
const branch = (pattern: string) => ({ kind: "branch", pattern });
const tag = (pattern: string) => ({ kind: "tag", pattern });

describe("the resource type GithubEnvironment", () => {
  const stage = useStage();
  let count = 0;
  let environment: string;
  let player: EnginePlayer;
  beforeEach(() => {
    environment = `environment/${++count}`;
    player = new EnginePlayer(slipwayProvider(), TYPE);
  });
  const at = () => ({ ...REPO, environment_name: environment });
  const inputs = (more: object = {}) => ({
    repository: "pytorch/pytorch",
    environment,
    policies: [branch("main"), branch("release/*"), tag("v*-rc*")],
    users: ["alice"],
    teams: ["release-engineers"],
    waitTimer: 5,
    preventSelfReview: true,
    api: stage.api,
    ...more,
  });
  const open = { users: [], teams: [], waitTimer: 0, preventSelfReview: false };
  const policies = async () =>
    (await stage.hand.request(`GET ${POLICIES}`, at())).data.branch_policies
      .map(({ type, name }) => `${type} ${name}`)
      .sort();
  const found = async () => (await stage.hand.request(`GET ${NAMED}`, at())).data;
  const put = (body: object) => stage.hand.request(`PUT ${NAMED}`, { ...at(), ...body });
  const addByHand = (name: string, type: "branch" | "tag" = "branch") =>
    stage.hand.request(`POST ${POLICIES}`, { ...at(), name, type });
  const own = () => {
    const name = encodeURIComponent(environment);
    return (line: string): string => line.replace(name, "E").replace(/\d+$/, "N");
  };

  it("is made with its settings before its policies, and found whole", async () => {
    assert.deepEqual(await player.up(inputs()), { did: "create", diffs: [] });
    assert.deepEqual(stage.changes().map(own()), [
      "PUT E",
      "POST E/deployment-branch-policies",
      "POST E/deployment-branch-policies",
      "POST E/deployment-branch-policies",
    ]);
    assert.deepEqual(await policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
    const made = await found();
    assert.equal((made as { can_admins_bypass?: boolean }).can_admins_bypass, false);
    assert.deepEqual(made.deployment_branch_policy, {
      protected_branches: false,
      custom_branch_policies: true,
    });
    assert.ok(await player.refresh());
    assert.equal((await player.up(inputs())).did, "same");
    assert.deepEqual(stage.changes(), []);
  });

  it("does not mind the order of lists and the case of names", async () => {
    await player.up(inputs({ users: ["alice", "bob"] }));
    assert.ok(await player.refresh());
    const { policies: list } = inputs();
    const shuffled = { users: ["Bob", "Alice"], policies: list.toReversed() };
    assert.equal((await player.up(inputs(shuffled))).did, "same");
    const other = inputs({ users: ["bob", "alice"], environment: environment.toUpperCase() });
    assert.equal((await player.up(other)).did, "same");
  });

  it("adopts one that is there, and takes its strangers away last", async () => {
    await put({
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await addByHand("**/*");
    await addByHand("main");
    await player.up(inputs());
    assert.deepEqual(stage.changes().map(own()), [
      "PUT E",
      "POST E/deployment-branch-policies",
      "POST E/deployment-branch-policies",
      "DELETE E/deployment-branch-policies/N",
    ]);
    assert.deepEqual(await policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("closes one that was open before anything else", async () => {
    await put({});
    await player.up(inputs());
    const [first] = stage.log
      .filter(({ method, environment: e }) => method !== "GET" && e?.name === environment)
      .slice(1);
    assert.equal(first?.environment?.branchPolicy, "custom");
    assert.deepEqual(await policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("has every policy of a list longer than a page of GitHub's", async () => {
    const many = Array.from({ length: 130 }, (_, index) => branch(`release/${index}`));
    await player.up(inputs({ policies: many }));
    assert.ok(await player.refresh());
    assert.equal((await player.up(inputs({ policies: many }))).did, "same");
    await player.up(inputs({ policies: [branch("main")] }));
    assert.deepEqual(await policies(), ["branch main"]);
  });

  const DRIFT: Readonly<Record<string, { by: () => Promise<unknown>; seen: string[] }>> = {
    "a reviewer was removed": {
      by: async () => put({ reviewers: [(await ids()).alice], prevent_self_review: true }),
      seen: ["teams"],
    },
    "a reviewer was added": {
      by: async () => put({ reviewers: Object.values(await ids()), prevent_self_review: true }),
      seen: ["users"],
    },
    "all reviewers were removed": {
      by: () => put({ reviewers: null }),
      seen: ["users", "teams", "preventSelfReview"],
    },
    "the wait timer was changed": { by: () => put({ wait_timer: 1 }), seen: ["waitTimer"] },
    "self-review was allowed": {
      by: () => put({ prevent_self_review: false }),
      seen: ["preventSelfReview"],
    },
    "administrators were let in": {
      by: () => put({ can_admins_bypass: true }),
      seen: ["canAdminsBypass"],
    },
    "all branches were let in": {
      by: () => put({ deployment_branch_policy: null }),
      seen: ["policies", "branchPolicy"],
    },
    "protected branches were let in": {
      by: () =>
        put({
          deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
        }),
      seen: ["policies", "branchPolicy"],
    },
    "a policy was added": { by: () => addByHand("**/*"), seen: ["policies"] },
    "a policy was removed": {
      by: async () => {
        const { data } = await stage.hand.request(`GET ${POLICIES}`, at());
        const { id } = data.branch_policies.find(({ name }) => name === "main")!;
        await stage.hand.request(`DELETE ${POLICIES}/{branch_policy_id}`, {
          ...at(),
          branch_policy_id: id!,
        });
      },
      seen: ["policies"],
    },
  };
  async function ids() {
    const id = async (username: string) => {
      const { data } = await stage.hand.request("GET /users/{username}", { username });
      return { type: "User" as const, id: Number(data.id) };
    };
    const { data: team } = await stage.hand.request("GET /orgs/{org}/teams/{team_slug}", {
      org: "pytorch",
      team_slug: "release-engineers",
    });
    return {
      alice: await id("alice"),
      bob: await id("bob"),
      team: { type: "Team" as const, id: team.id },
    };
  }
  for (const [what, { by, seen }] of Object.entries(DRIFT)) {
    it(`sees that ${what}, and sets it right`, async () => {
      await player.up(inputs());
      await by();
      assert.ok(await player.refresh());
      assert.deepEqual(await player.up(inputs()), { did: "update", diffs: seen });
      assert.ok(await player.refresh());
      assert.deepEqual(await player.preview(inputs()), { did: "same", diffs: [] });
    });
  }

  it("sees that it was deleted, and is made again", async () => {
    await player.up(inputs());
    await stage.hand.request(`DELETE ${NAMED}`, at());
    assert.equal(await player.refresh(), false);
    assert.equal((await player.up(inputs())).did, "create");
  });

  it("is never without a policy while its policies change all", async () => {
    await player.up(inputs());
    stage.changes();
    assert.equal((await player.up(inputs({ policies: [tag("v*")] }))).did, "update");
    assert.deepEqual(stage.changes().map(own()), [
      "PUT E",
      "POST E/deployment-branch-policies",
      ...Array.from({ length: 3 }, () => "DELETE E/deployment-branch-policies/N"),
    ]);
    const states = stage.log.flatMap(({ environment: e }) => (e?.name === environment ? [e] : []));
    const since = states.findIndex((state) => state.policies === 3);
    assert.ok(since > 0);
    assert.ok(states.slice(since).every((state) => state.policies > 0));
  });

  it("lets its reviewers go only after the refs that may no longer enter", async () => {
    await player.up(inputs());
    stage.changes();
    await player.up(inputs({ ...open, policies: [branch("main")] }));
    const lines = stage.changes().map(own());
    assert.deepEqual(lines, [
      "PUT E",
      "DELETE E/deployment-branch-policies/N",
      "DELETE E/deployment-branch-policies/N",
      "PUT E",
    ]);
    assert.deepEqual(
      (await found()).protection_rules?.map(({ type }) => type),
      ["branch_policy"],
    );
    const second = inputs({ ...open, policies: [branch("main"), branch("**/*")], users: ["bob"] });
    await player.up(second);
    assert.deepEqual(stage.changes().map(own()), ["PUT E", "POST E/deployment-branch-policies"]);
  });

  it("goes on in the next run where a refused policy ended this one", async () => {
    const posted = () => stage.seen.filter(({ method }) => method === "POST").length;
    stage.fault = ({ method }) =>
      method === "POST" && posted() === 2 ? { status: 422 } : undefined;
    await assert.rejects(player.up(inputs()), {
      name: "UserError",
      message:
        /^docker-build \(slipway:index:GithubEnvironment\): POST .*: HTTP 422: refused by the test/,
    });
    assert.deepEqual(await policies(), ["branch main"]);
    stage.fault = () => undefined;
    assert.equal((await player.up(inputs())).did, "create");
    assert.deepEqual(await policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("asks again after a lost connection and after a rate limit", async () => {
    const once = new Set<string>();
    stage.fault = ({ method }) => {
      if (method === "GET" || once.has(method)) return undefined;
      once.add(method);
      return method === "PUT" ? "cut" : { status: 429, headers: { "retry-after": "0" } };
    };
    await player.up(inputs());
    assert.deepEqual([...once], ["PUT", "POST"]);
    assert.deepEqual(await policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("takes everything away with one request", async () => {
    await player.up(inputs());
    stage.changes();
    player.provider = slipwayProvider();
    await player.destroy();
    assert.deepEqual(stage.changes().map(own()), ["DELETE E"]);
    await assert.rejects(found(), { status: 404 });
  });

  it("is not taken away by a replacement that adopted it", async () => {
    await player.up(inputs());
    const { state } = player;
    player.state = undefined;
    await player.up(inputs());
    player.state = state;
    await player.destroy();
    assert.equal((await found()).name, environment);
  });

  it("is another one under another name", async () => {
    await player.up(inputs());
    const before = at();
    player.provider = slipwayProvider();
    environment = `${environment}-renamed`;
    assert.deepEqual(await player.up(inputs()), { did: "replace", diffs: ["environment"] });
    assert.equal((await found()).name, environment);
    await assert.rejects(stage.hand.request(`GET ${NAMED}`, before), { status: 404 });
  });

  it("is the same one after its repository was renamed, and another one in another repository", async () => {
    await player.up(inputs());
    const { data } = await stage.hand.request("GET /repos/{owner}/{repo}", REPO);
    const renamed = inputs({ repository: "pytorch/renamed" });
    let id = Number(data.id);
    stage.fault = ({ path }) =>
      path === "/repos/pytorch/renamed" ? { status: 200, body: { id } } : undefined;
    assert.deepEqual(await player.preview(renamed), { did: "update", diffs: ["repository"] });
    player.provider = slipwayProvider();
    id += 1;
    assert.deepEqual(await player.preview(renamed), { did: "replace", diffs: ["repository"] });
  });

  it("names every reviewer that GitHub does not know, before anything is touched", async () => {
    const { failures } = await player.check(
      inputs({ users: ["alice", "nobody"], teams: ["none"] }),
    );
    assert.deepEqual(failures.sort(), [
      "teams[0]: pytorch has no team none, or the token may not see it (it needs to read the organisation's members)",
      "users[1]: GitHub knows no user nobody",
    ]);
    assert.deepEqual(stage.changes(), []);
  });

  it("says everything that is wrong with its inputs at once", async () => {
    const { failures } = await player.check({
      repository: "pytorch",
      environment: "",
      policies: [],
      users: ["a", "A"],
      teams: "all",
      waitTimer: 0.5,
      preventSelfReview: "yes",
      api: { baseUrl: "github", token: 7 },
      bypass: true,
    });
    assert.deepEqual(failures.map((line) => line.split(":")[0]).sort(), [
      ...["api.baseUrl", "api.token", "environment", "inputs", "policies", "preventSelfReview"],
      ...["repository", "teams", "users[1]", "waitTimer"],
    ]);
    const seven = { users: ["a", "b", "c", "d"], teams: ["e", "f", "g"] };
    assert.match(
      (await player.check(inputs(seven))).failures[0]!,
      /^users: 7 with teams; .* at most 6/,
    );
    const { failures: alone } = await player.check(inputs({ ...open, preventSelfReview: true }));
    assert.match(alone[0]!, /^preventSelfReview: true without a reviewer/);
  });

  it("stops when GitHub answers yes and does something else", async () => {
    stage.fault = ({ method }) =>
      method === "PUT" ? { status: 200, body: { can_admins_bypass: true } } : undefined;
    await assert.rejects(player.up(inputs()), {
      name: "UserError",
      message:
        /GitHub did not take over of environment .*: reviewers, wait timer, ban of self-review, ban of bypasses by administrators, branch policies; /,
    });
    assert.deepEqual(stage.changes().map(own()), ["PUT E"]);
  });

  describe("with a token that GitHub no longer takes", () => {
    const expired = () => inputs({ api: { ...stage.api, token: "expired" } });

    /** As recorded by a run whose token has ended. */
    async function record(): Promise<void> {
      await player.up(inputs());
      player.state!.outputs = { ...player.state!.outputs, api: expired().api };
      player.provider = slipwayProvider();
    }

    it("stays as recorded in a refresh, and is looked at with the token of the next run", async () => {
      await record();
      assert.ok(await player.refresh());
      assert.equal(player.state!.outputs["unverified"], true);
      assert.equal((await player.preview(inputs())).did, "same");
      await addByHand("**/*");
      assert.deepEqual(await player.up(inputs()), { did: "update", diffs: ["policies"] });
      assert.equal(player.state!.outputs["unverified"], undefined);
      assert.deepEqual(await policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
    });

    it("is made again when the next run finds it gone", async () => {
      await record();
      assert.ok(await player.refresh());
      await stage.hand.request(`DELETE ${NAMED}`, at());
      assert.deepEqual(await player.up(inputs()), { did: "update", diffs: ["environment"] });
      assert.equal((await found()).name, environment);
    });

    it("is looked at and deleted with the token that the program gave in this run", async () => {
      await record();
      await player.check(inputs());
      assert.ok(await player.refresh());
      assert.equal(player.state!.outputs["unverified"], undefined);
      await player.destroy();
      await assert.rejects(found(), { status: 404 });
    });

    it("is not deleted, and that is said", async () => {
      await record();
      await assert.rejects(player.destroy(), {
        name: "UserError",
        message: /does not accept the token \(DELETE .*\); give the provider another one/,
      });
      assert.equal((await found()).name, environment);
    });

    it("is not taken for gone where the repository itself is hidden", async () => {
      await player.up(inputs());
      player.provider = slipwayProvider();
      stage.fault = () => ({ status: 404 });
      assert.ok(await player.refresh());
      assert.equal(player.state!.outputs["unverified"], true);
      await assert.rejects(
        player.preview(inputs()),
        /shows no repository pytorch\/pytorch to this token/,
      );
    });
  });

  it("sends the token of the process nowhere in clear", async () => {
    const provider = slipwayProvider({ token: "marker" });
    player = new EnginePlayer(provider, TYPE);
    await assert.rejects(
      player.up(inputs({ api: { baseUrl: stage.baseUrl } })),
      /no token for http:.*GITHUB_TOKEN for an address with https/,
    );
    assert.deepEqual(stage.seen, []);
  });
});
