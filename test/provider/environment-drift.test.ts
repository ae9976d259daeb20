// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import { useEnvironment } from "./support/environments.ts";

describe("an environment that somebody changed by hand", () => {
  const own = useEnvironment();

  const DRIFT: Readonly<Record<string, { by: () => Promise<unknown>; seen: string[] }>> = {
    "a reviewer was removed": {
      by: async () => own.put({ reviewers: [(await ids()).alice], prevent_self_review: true }),
      seen: ["teams"],
    },
    "a reviewer was added": {
      by: async () => own.put({ reviewers: Object.values(await ids()), prevent_self_review: true }),
      seen: ["users"],
    },
    "all reviewers were removed": {
      by: () => own.put({ reviewers: null }),
      seen: ["users", "teams", "preventSelfReview"],
    },
    "the wait timer was changed": { by: () => own.put({ wait_timer: 1 }), seen: ["waitTimer"] },
    "self-review was allowed": {
      by: () => own.put({ prevent_self_review: false }),
      seen: ["preventSelfReview"],
    },
    "administrators were let in": {
      by: () => own.put({ can_admins_bypass: true }),
      seen: ["canAdminsBypass"],
    },
    "all branches were let in": {
      by: () => own.put({ deployment_branch_policy: null }),
      seen: ["policies", "branchPolicy"],
    },
    "protected branches were let in": {
      by: () =>
        own.put({
          deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
        }),
      seen: ["policies", "branchPolicy"],
    },
    "a policy was added": { by: () => own.addPolicy("**/*"), seen: ["policies"] },
    "a policy was removed": { by: () => own.removePolicy("main"), seen: ["policies"] },
  };

  async function ids() {
    const id = async (username: string) => {
      const { data } = await own.stage.hand.request("GET /users/{username}", { username });
      return { type: "User" as const, id: Number(data.id) };
    };
    const { data: team } = await own.stage.hand.request("GET /orgs/{org}/teams/{team_slug}", {
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
      await own.player.up(own.inputs());
      await by();
      assert.ok(await own.player.refresh());
      assert.deepEqual(await own.player.up(own.inputs()), { did: "update", diffs: seen });
      assert.ok(await own.player.refresh());
      assert.deepEqual(await own.player.preview(own.inputs()), { did: "same", diffs: [] });
    });
  }

  it("sees that it was deleted, and is made again", async () => {
    await own.player.up(own.inputs());
    await own.remove();
    assert.equal(await own.player.refresh(), false);
    assert.equal((await own.player.up(own.inputs())).did, "create");
  });
});
