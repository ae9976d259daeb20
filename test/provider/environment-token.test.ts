// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import { useEnvironment } from "./support/environments.ts";
import { testProvider } from "./support/test-provider.ts";

describe("an environment and the tokens of a run", () => {
  const own = useEnvironment();

  describe("with a token that GitHub no longer takes", () => {
    const expired = () => own.inputs({ api: { ...own.stage.api, token: "expired" } });

    /** As recorded by a run whose token has ended. */
    async function record(): Promise<void> {
      await own.player.up(own.inputs());
      own.player.state!.outputs = { ...own.player.state!.outputs, api: expired().api };
      own.player.provider = testProvider();
    }

    it("stays as recorded in a refresh, and is looked at with the token of the next run", async () => {
      await record();
      assert.ok(await own.player.refresh());
      assert.equal(own.player.state!.outputs["unverified"], true);
      assert.equal((await own.player.preview(own.inputs())).did, "same");
      await own.addPolicy("**/*");
      assert.deepEqual(await own.player.up(own.inputs()), { did: "update", diffs: ["policies"] });
      assert.equal(own.player.state!.outputs["unverified"], undefined);
      assert.deepEqual(await own.policies(), ["branch main", "branch release/*", "tag v*-rc*"]);
    });

    it("is made again when the next run finds it gone", async () => {
      await record();
      assert.ok(await own.player.refresh());
      await own.remove();
      assert.deepEqual(await own.player.up(own.inputs()), {
        did: "update",
        diffs: ["environment"],
      });
      assert.equal((await own.found()).name, own.name);
    });

    it("is looked at and deleted with the token that the program gave in this run", async () => {
      await record();
      await own.player.check(own.inputs({ environment: `${own.name}-other` }));
      assert.ok(await own.player.refresh());
      assert.equal(own.player.state!.outputs["unverified"], undefined);
      await own.player.destroy();
      await assert.rejects(own.found(), { status: 404 });
    });

    it("is not deleted, and that is said", async () => {
      await record();
      await assert.rejects(own.player.destroy(), {
        name: "UserError",
        message: /does not accept the token \(DELETE .*\); give the provider another one/,
      });
      assert.equal((await own.found()).name, own.name);
    });

    it("is not taken for deleted where the token may look and not delete", async () => {
      await own.player.up(own.inputs());
      own.player.provider = testProvider();
      own.stage.fault = ({ method }) => (method === "DELETE" ? { status: 404 } : undefined);
      await assert.rejects(
        own.player.destroy(),
        /may not delete environment .*, which is there; it needs to write Administration/,
      );
    });

    it("may be gone already when it goes", async () => {
      await own.player.up(own.inputs());
      await own.remove();
      own.player.provider = testProvider();
      await own.player.destroy();
    });

    it("is not taken for gone where the repository itself is hidden", async () => {
      await own.player.up(own.inputs());
      own.player.provider = testProvider();
      own.stage.fault = () => ({ status: 404 });
      assert.ok(await own.player.refresh());
      assert.equal(own.player.state!.outputs["unverified"], true);
      await assert.rejects(
        own.player.preview(own.inputs()),
        /shows no repository pytorch\/pytorch to this token/,
      );
    });
  });

  it("sends the token of the process nowhere in clear", async () => {
    own.player = own.newPlayer(testProvider({ token: "marker" }));
    await assert.rejects(
      own.player.up(own.inputs({ api: { baseUrl: own.stage.baseUrl } })),
      /no token for http:.*GITHUB_TOKEN for an address with https/,
    );
    assert.deepEqual(own.stage.seen, []);
  });
});
