// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import { MARKER, useSecret } from "./support/secrets.ts";
import { testProvider } from "./support/test-provider.ts";

describe("a secret and the tokens of a run", () => {
  const own = useSecret();

  describe("with a token that GitHub shows nothing of it", () => {
    /** A token that may see environments, as everybody of a public repository, and no secrets. */
    const hide = () => {
      own.stage.fault = ({ path }) => (path.includes("/secrets/") ? { status: 404 } : undefined);
    };
    let sealed: Awaited<ReturnType<typeof own.ready>>;
    beforeEach(async () => {
      sealed = await own.ready();
      await own.player.up(sealed);
      own.player.provider = testProvider();
    });

    it("stays as recorded in a refresh", async () => {
      hide();
      assert.ok(await own.player.refresh());
      assert.equal(own.player.state!.outputs["unverified"], true);
    });

    it("says which permission is missing", async () => {
      hide();
      const needs = /public key is hidden from the token; the token needs to read Environments/;
      await assert.rejects(own.player.destroy(), needs);
      await assert.rejects(own.player.preview(sealed), needs);
      assert.equal(own.opened(), MARKER);
    });

    it("is not taken for deleted where the token may look and not delete", async () => {
      own.stage.fault = ({ method }) => (method === "DELETE" ? { status: 404 } : undefined);
      await assert.rejects(
        own.player.destroy(),
        /may not delete secret DOCKER_TOKEN of environment .*, which is there; it needs to write/,
      );
    });

    it("is not taken for gone or deleted where the repository itself is hidden", async () => {
      own.stage.fault = () => ({ status: 404 });
      assert.ok(await own.player.refresh());
      assert.equal(own.player.state!.outputs["unverified"], true);
      await assert.rejects(
        own.player.destroy(),
        /shows no repository pytorch\/pytorch to this token/,
      );
    });
  });

  it("stays as recorded where the recorded token has ended, until a run with another looks", async () => {
    const sealed = await own.ready();
    await own.player.up(sealed);
    const expired = { ...own.stage.api, token: "expired" };
    own.player.state!.outputs = { ...own.player.state!.outputs, api: expired };
    own.player.provider = testProvider();
    assert.ok(await own.player.refresh());
    assert.equal(own.player.state!.outputs["unverified"], true);
    assert.equal((await own.player.preview(sealed)).did, "same");
    await own.writeByHand("by hand");
    assert.deepEqual(await own.player.up(sealed), { did: "update", diffs: ["remoteUpdatedAt"] });
    assert.equal(own.player.state!.outputs["unverified"], undefined);
  });
});
