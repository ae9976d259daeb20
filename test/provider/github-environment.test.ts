// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import { REPO } from "../local/github/test-emulator.ts";
import { branch, NAMED, OPEN, useEnvironment } from "./support/environments.ts";
import { testProvider } from "./support/test-provider.ts";

describe("the resource type GithubEnvironment", () => {
  const own = useEnvironment();

  it("is made with its settings before its policies, and found whole", async () => {
    assert.deepEqual(await own.player.up(own.inputs()), { did: "create", diffs: [] });
    assert.deepEqual(own.changes(), [
      "PUT E",
      "POST E/deployment-branch-policies",
      "POST E/deployment-branch-policies",
      "POST E/deployment-branch-policies",
    ]);
    assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
    const made = await own.found();
    assert.equal((made as { can_admins_bypass?: boolean }).can_admins_bypass, false);
    assert.deepEqual(made.deployment_branch_policy, {
      protected_branches: false,
      custom_branch_policies: true,
    });
    assert.ok(await own.player.refresh());
    assert.equal((await own.player.up(own.inputs())).did, "same");
    assert.deepEqual(own.changes(), []);
  });

  it("does not mind the order of lists and the case of names", async () => {
    await own.player.up(own.inputs({ users: ["alice", "bob"] }));
    assert.ok(await own.player.refresh());
    const { policies: list } = own.inputs();
    const shuffled = { users: ["Bob", "Alice"], policies: list.toReversed() };
    assert.equal((await own.player.up(own.inputs(shuffled))).did, "same");
    const other = own.inputs({ users: ["bob", "alice"], environment: own.name.toUpperCase() });
    assert.equal((await own.player.up(other)).did, "same");
  });

  it("adopts one that is there, and takes its strangers away last", async () => {
    await own.put({
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    await own.addPolicy("**/*");
    await own.addPolicy("main");
    await own.player.up(own.inputs());
    assert.deepEqual(own.changes(), [
      "PUT E",
      "POST E/deployment-branch-policies",
      "POST E/deployment-branch-policies",
      "DELETE E/deployment-branch-policies/N",
    ]);
    assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("has every policy of a list longer than a page of GitHub's", async () => {
    const many = Array.from({ length: 101 }, (_, index) => branch(`release/${index}`));
    await own.player.up(own.inputs({ policies: many }));
    assert.ok(await own.player.refresh());
    assert.equal((await own.player.up(own.inputs({ policies: many }))).did, "same");
    own.changes();
    await own.player.up(own.inputs({ policies: many.slice(0, -1) }));
    assert.deepEqual(own.changes(), ["PUT E", "DELETE E/deployment-branch-policies/N"]);
  });

  it("takes everything away with one request", async () => {
    await own.player.up(own.inputs());
    own.changes();
    own.player.provider = testProvider();
    await own.player.destroy();
    assert.deepEqual(own.changes(), ["DELETE E"]);
    await assert.rejects(own.found(), { status: 404 });
  });

  it("is another one under another name", async () => {
    await own.player.up(own.inputs());
    const before = own.at;
    own.player.provider = testProvider();
    own.name = `${own.name}-renamed`;
    assert.deepEqual(await own.player.up(own.inputs()), { did: "replace", diffs: ["environment"] });
    assert.equal((await own.found()).name, own.name);
    await assert.rejects(own.stage.hand.request(`GET ${NAMED}`, before), { status: 404 });
  });

  it("is the same one after its repository was renamed, and another one in another repository", async () => {
    await own.player.up(own.inputs());
    const { data } = await own.stage.hand.request("GET /repos/{owner}/{repo}", REPO);
    const renamed = own.inputs({ repository: "pytorch/renamed" });
    let id = Number(data.id);
    own.stage.fault = ({ path }) =>
      path === "/repos/pytorch/renamed"
        ? { status: 200, body: { id, owner: { id: 1 } } }
        : undefined;
    assert.deepEqual(await own.player.preview(renamed), { did: "update", diffs: ["repository"] });
    own.player.provider = testProvider();
    id += 1;
    assert.deepEqual(await own.player.preview(renamed), { did: "replace", diffs: ["repository"] });
  });

  it("names every reviewer that GitHub does not know, before anything is touched", async () => {
    const { failures } = await own.player.check(
      own.inputs({ users: ["alice", "nobody"], teams: ["none"] }),
    );
    assert.deepEqual(failures.sort(), [
      "teams[0]: pytorch has no team none, or the token may not see it (it needs to read the organisation's members)",
      "users[1]: GitHub knows no user nobody",
    ]);
    assert.deepEqual(own.changes(), []);
  });

  it("suggests the team that is called alike, where GitHub lists the teams", async () => {
    const misspelt = own.inputs({ teams: ["ci-infra", "relase-engineers"] });
    const message = (hint: string) =>
      `teams[1]: pytorch has no team relase-engineers${hint}, or the token may not see it (it needs to read the organisation's members)`;
    const { failures } = await own.player.check(misspelt);
    assert.deepEqual(failures, [message(' (did you mean "release-engineers"?)')]);
    own.stage.fault = ({ path }) =>
      path.startsWith("/orgs/pytorch/teams?")
        ? { status: 403, body: { message: "Resource not accessible" } }
        : undefined;
    own.player.provider = testProvider();
    assert.deepEqual((await own.player.check(misspelt)).failures, [message("")]);
  });

  it("says everything that is wrong with its inputs at once", async () => {
    const { failures } = await own.player.check({
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
      (await own.player.check(own.inputs(seven))).failures[0]!,
      /^users: 7 with teams; .* at most 6/,
    );
    const { failures: alone } = await own.player.check(
      own.inputs({ ...OPEN, preventSelfReview: true }),
    );
    assert.match(alone[0]!, /^preventSelfReview: true without a reviewer/);
  });
});
