// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import { branch, OPEN, tag, useEnvironment } from "./support/environments.ts";

describe("the order in which an environment changes", () => {
  const own = useEnvironment();

  it("closes one that was open before anything else", async () => {
    await own.put({});
    await own.player.up(own.inputs());
    const [first] = own.stage.log
      .filter(({ method, environment: e }) => method !== "GET" && e?.name === own.name)
      .slice(1);
    assert.equal(first?.environment?.branchPolicy, "custom");
    assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("is never without a policy while its policies change all", async () => {
    await own.player.up(own.inputs());
    own.changes();
    assert.equal((await own.player.up(own.inputs({ policies: [tag("v*")] }))).did, "update");
    assert.deepEqual(own.changes(), [
      "PUT E",
      "POST E/deployment-branch-policies",
      ...Array.from({ length: 3 }, () => "DELETE E/deployment-branch-policies/N"),
    ]);
    const states = own.stage.log.flatMap(({ environment: e }) => (e?.name === own.name ? [e] : []));
    const since = states.findIndex((state) => state.policies === 3);
    assert.ok(since > 0);
    assert.ok(states.slice(since).every((state) => state.policies > 0));
  });

  it("lets its reviewers go only after the refs that may no longer enter", async () => {
    await own.player.up(own.inputs());
    own.changes();
    await own.player.up(own.inputs({ ...OPEN, policies: [branch("main")] }));
    const lines = own.changes();
    assert.deepEqual(lines, [
      "PUT E",
      "DELETE E/deployment-branch-policies/N",
      "DELETE E/deployment-branch-policies/N",
      "PUT E",
    ]);
    assert.deepEqual(
      (await own.found()).protection_rules?.map(({ type }) => type),
      ["branch_policy"],
    );
    const second = own.inputs({
      ...OPEN,
      policies: [branch("main"), branch("**/*")],
      users: ["bob"],
    });
    await own.player.up(second);
    assert.deepEqual(own.changes(), ["PUT E", "POST E/deployment-branch-policies"]);
  });

  const CUSTOM = { protected_branches: false, custom_branch_policies: true };
  /** What was asked of each setting, in the order of requests. */
  const settings = () =>
    own.stage.seen
      .filter(({ method }) => method === "PUT")
      .map(({ body }) => JSON.parse(body) as { reviewers: object[]; wait_timer: number })
      .map((body) => ({ ...body, reviewers: body.reviewers.length }));
  const alice = async () => {
    const { data } = await own.stage.hand.request("GET /users/{username}", { username: "alice" });
    return { type: "User" as const, id: Number(data.id) };
  };

  it("waits as long as before, and bans self-review as before, until those too many are gone", async () => {
    const before = { waitTimer: 30, preventSelfReview: true };
    await own.player.up(own.inputs(before));
    own.changes();
    const after = { waitTimer: 10, preventSelfReview: false, policies: [branch("main")] };
    await own.player.up(own.inputs(after));
    assert.partialDeepStrictEqual(settings(), [
      { reviewers: 2, wait_timer: 30, prevent_self_review: true },
      { reviewers: 2, wait_timer: 10, prevent_self_review: false },
    ]);
  });

  it("is as strict at once as it will be", async () => {
    const before = { ...OPEN, users: ["bob"], policies: [branch("main"), branch("old")] };
    await own.player.up(own.inputs(before));
    own.changes();
    await own.player.up(own.inputs());
    assert.partialDeepStrictEqual(settings(), [
      { reviewers: 2, wait_timer: 5, prevent_self_review: true },
    ]);
  });

  for (const mode of ["all", "protected"]) {
    it(`keeps its guards while ${mode} branches may enter, and until policies of long ago are gone`, async () => {
      await own.put({
        reviewers: [await alice()],
        wait_timer: 30,
        prevent_self_review: true,
        deployment_branch_policy:
          mode === "all" ? null : { protected_branches: true, custom_branch_policies: false },
      });
      let isBack = false;
      own.stage.fault = async ({ method, path }) => {
        if (isBack || method !== "GET" || !path.includes("policies")) return undefined;
        isBack = true;
        await own.addPolicy("**/*");
        return undefined;
      };
      await own.player.up(own.inputs(OPEN));
      assert.partialDeepStrictEqual(settings(), [
        { reviewers: 1, wait_timer: 30, prevent_self_review: true },
        { reviewers: 0, wait_timer: 0, prevent_self_review: false },
      ]);
      assert.equal(
        own.changes().findLast((line) => !line.startsWith("POST")),
        "PUT E",
      );
      assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
    });
  }

  it("takes away a policy that came while its settings were written", async () => {
    await own.player.up(own.inputs());
    own.changes();
    own.stage.fault = async ({ method }) => {
      if (method === "PUT") await own.addPolicy("**/*");
      return undefined;
    };
    await own.player.up(own.inputs({ waitTimer: 6 }));
    assert.deepEqual(own.changes(), ["PUT E", "DELETE E/deployment-branch-policies/N"]);
    assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("goes on in the next run where a refused policy ended this one", async () => {
    const posted = () => own.stage.seen.filter(({ method }) => method === "POST").length;
    own.stage.fault = ({ method }) =>
      method === "POST" && posted() === 2 ? { status: 422 } : undefined;
    await assert.rejects(own.player.up(own.inputs()), {
      name: "UserError",
      message:
        /^docker-build \(slipway:index:GithubEnvironment\): POST .*: HTTP 422: refused by the test/,
    });
    assert.deepEqual(await own.policies(), ["branch main"]);
    own.stage.fault = () => undefined;
    assert.equal((await own.player.up(own.inputs())).did, "create");
    assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("asks again after a lost connection and after a rate limit", async () => {
    const once = new Set<string>();
    own.stage.fault = ({ method }) => {
      if (method === "GET" || once.has(method)) return undefined;
      once.add(method);
      return method === "PUT" ? "cut" : { status: 429, headers: { "retry-after": "0" } };
    };
    await own.player.up(own.inputs());
    assert.deepEqual([...once], ["PUT", "POST"]);
    assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
  });

  it("stops when GitHub answers yes and does something else", async () => {
    const asAsked = { can_admins_bypass: false, deployment_branch_policy: CUSTOM };
    own.stage.fault = ({ method }) =>
      method === "PUT" ? { status: 200, body: asAsked } : undefined;
    await own.put({});
    await assert.rejects(own.player.up(own.inputs()), {
      name: "UserError",
      message:
        /GitHub did not take over of environment .*: reviewers, wait timer, ban of self-review, ban of bypasses by administrators, branch policies; /,
    });
    assert.deepEqual(own.changes(), ["PUT E"]);
  });

  it("does not mind an answer that leaves out what the environment has", async () => {
    own.stage.fault = async ({ method, body }) => {
      if (method !== "PUT") return undefined;
      await own.put(JSON.parse(body) as object);
      return { status: 200, body: {} };
    };
    assert.equal((await own.player.up(own.inputs())).did, "create");
  });
});
