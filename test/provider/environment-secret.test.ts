// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";
import { seal } from "../../github/seal.ts";
import { REPO } from "../local/github/test-emulator.ts";
import { envelope } from "./support/engine-player.ts";
import { MARKER, SECRET, useSecret } from "./support/secrets.ts";
import { testProvider } from "./support/test-provider.ts";

const UNKNOWN = rpc.unknownValue;

describe("the resource type EnvironmentSecret", () => {
  const own = useSecret();

  for (const envelopes of [false, true]) {
    const engine = envelopes ? "the Pulumi CLI" : "the embedded engine";

    it(`is sealed before anything is recorded, by ${engine}`, async () => {
      own.player = own.newPlayer(envelopes);
      assert.equal((await own.player.up(own.inputs())).did, "create");
      assert.equal(own.opened(), MARKER);
      assert.ok(await own.player.refresh());
      assert.equal((await own.player.up(own.inputs())).did, "same");
      await own.player.up(own.inputs({ value: `${MARKER}-2` }));
      assert.equal(own.opened(), `${MARKER}-2`);
      const kept = JSON.stringify(own.player.state);
      assert.ok(!kept.includes(MARKER));
      assert.ok(!kept.includes(Buffer.from(MARKER).toString("base64").slice(0, 16)));
      assert.ok(!JSON.stringify(own.stage.seen).includes(MARKER));
    });
  }

  it("keeps what came as a secret, and the fingerprint, in envelopes for the Pulumi CLI", async () => {
    own.player = own.newPlayer(true);
    await own.player.up(own.inputs());
    await own.player.refresh();
    const { inputs: news, outputs } = own.player.state!;
    for (const properties of [news, outputs]) {
      assert.deepEqual(properties["api"], envelope(own.stage.api));
      const { value } = properties["fingerprint"] as { value: string };
      assert.deepEqual(properties["fingerprint"], envelope(value));
      assert.match(value, /^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$/);
      assert.ok(!("value" in properties));
    }
  });

  it("is left as it is while value and key are the same, though no two seals are", async () => {
    await own.player.up(own.inputs());
    const { inputs: first } = own.player.state!;
    own.stage.changes();
    assert.deepEqual((await own.player.check(own.inputs())).inputs, first);
    assert.equal((await own.player.up(own.inputs())).did, "same");
    assert.deepEqual(own.stage.changes(), []);
    const other = own.newPlayer();
    const { inputs: second } = await other.check(own.inputs());
    assert.notEqual(second["fingerprint"], first["fingerprint"]);
    assert.notEqual(second["sealed"], first["sealed"]);
  });

  it("is written again when its value changed", async () => {
    await own.player.up(own.inputs());
    const step = await own.player.up(own.inputs({ value: "other" }));
    assert.deepEqual(step, { did: "update", diffs: ["sealed", "fingerprint"] });
    assert.equal(own.opened(), "other");
  });

  it("is written again when somebody else wrote it", async () => {
    const sealed = await own.ready();
    await own.player.up(sealed);
    await own.writeByHand("by hand");
    await own.player.refresh();
    assert.deepEqual(await own.player.up(sealed), { did: "update", diffs: ["remoteUpdatedAt"] });
    assert.equal(own.opened(), MARKER);
    await own.player.refresh();
    assert.equal((await own.player.preview(sealed)).did, "same");
  });

  it("is written again when somebody deleted it", async () => {
    const sealed = await own.ready();
    await own.player.up(sealed);
    await own.stage.hand.request(`DELETE ${SECRET}`, { ...own.at, secret_name: own.name });
    assert.equal(await own.player.refresh(), false);
    assert.equal((await own.player.up(sealed)).did, "create");
    assert.equal(own.opened(), MARKER);
  });

  it("is sealed anew for the key of an environment that was made again", async () => {
    await own.player.up(own.inputs());
    await own.removeEnvironment();
    await own.make();
    // As a run does that does not look first: the key alone tells.
    assert.deepEqual(await own.player.up(own.inputs()), {
      did: "update",
      diffs: ["sealed", "keyId"],
    });
    assert.equal(own.opened(), MARKER);
    await own.player.refresh();
    assert.equal((await own.player.preview(own.inputs())).did, "same");
  });

  it("stays unknown while the environment is not there", async () => {
    await own.player.up(own.inputs());
    await own.removeEnvironment();
    const { inputs: news, failures } = await own.player.check(own.inputs());
    assert.deepEqual(failures, []);
    assert.deepEqual(news, {
      ...{
        repository: "pytorch/pytorch",
        environment: own.environment,
        name: own.name,
        api: own.stage.api,
      },
      ...{ sealed: UNKNOWN, keyId: UNKNOWN, fingerprint: UNKNOWN },
    });
    assert.equal((await own.player.preview(own.inputs())).did, "update");
    await assert.rejects(own.player.up(own.inputs()), {
      name: "UserError",
      message:
        /could not be sealed, because the environment was not there; run again with a refresh/,
    });
  });

  it("stays unknown while anything of it is, without a question to GitHub", async () => {
    for (const key of ["environment", "value", "repository"]) {
      const { inputs: news, failures } = await own.player.check(own.inputs({ [key]: UNKNOWN }));
      assert.deepEqual(failures, []);
      assert.equal(news["sealed"], UNKNOWN);
      assert.ok(!JSON.stringify(news).includes(MARKER));
    }
    const token = { ...own.stage.api, token: UNKNOWN };
    assert.equal((await own.player.check(own.inputs({ api: token }))).inputs["keyId"], UNKNOWN);
    assert.deepEqual(own.stage.seen, []);
  });

  it("is taken as it is when it was sealed before", async () => {
    const { key, key_id } = await own.publicKey();
    const sealed = own.boxed(key_id, await seal(MARKER, key));
    assert.equal((await own.player.up(sealed)).did, "create");
    assert.equal(own.opened(), MARKER);
    await own.player.refresh();
    assert.equal((await own.player.up(sealed)).did, "same");
    assert.ok(!JSON.stringify(own.player.state).includes(MARKER));
    const again = own.boxed(key_id, await seal("other", key));
    assert.deepEqual(await own.player.up(again), { did: "update", diffs: ["sealed"] });
    assert.equal(own.opened(), "other");
  });

  it("names the command when it was sealed for a key that is gone", async () => {
    const { key, key_id } = await own.publicKey();
    const sealed = own.boxed(key_id, await seal(MARKER, key));
    await own.removeEnvironment();
    assert.deepEqual((await own.player.check(sealed)).failures, []);
    await own.make();
    assert.deepEqual((await own.player.check(sealed)).failures, [
      `sealed: was sealed for a key that environment ${own.environment} no longer has; seal it again: slipway secrets set DOCKER_TOKEN --environment ${own.environment} --stack main`,
    ]);
  });

  it("goes with its declaration, and is another one elsewhere", async () => {
    await own.player.up(own.inputs());
    const old = own.at;
    own.environment = `${own.environment}-other`;
    await own.make();
    own.player.provider = testProvider();
    assert.equal((await own.player.up(own.inputs())).did, "replace");
    assert.equal(own.opened(), MARKER);
    const gone = own.stage.hand.request(`GET ${SECRET}`, { ...old, secret_name: own.name });
    await assert.rejects(gone, { status: 404 });
    own.player.provider = testProvider();
    await own.player.destroy();
    assert.equal(own.opened(), undefined);
  });

  it("stays where it is when the repository was renamed, and moves to another one", async () => {
    await own.player.up(own.inputs());
    const { data } = await own.stage.hand.request("GET /repos/{owner}/{repo}", REPO);
    const renamed = own.inputs({ repository: "pytorch/renamed" });
    const { key, key_id } = await own.publicKey();
    let id = Number(data.id);
    own.stage.fault = ({ path }) => {
      if (path === "/repos/pytorch/renamed") return { status: 200, body: { id, owner: { id: 1 } } };
      const isKey = path.startsWith("/repos/pytorch/renamed/") && path.endsWith("public-key");
      return isKey ? { status: 200, body: { key, key_id } } : undefined;
    };
    assert.deepEqual(await own.player.preview(renamed), { did: "update", diffs: ["repository"] });
    own.player.provider = testProvider();
    id += 1;
    assert.deepEqual(await own.player.preview(renamed), { did: "replace", diffs: ["repository"] });
  });

  it("may be gone already when it goes", async () => {
    const sealed = await own.ready();
    await own.player.up(sealed);
    await own.removeEnvironment();
    own.player.provider = testProvider();
    await own.player.destroy();
  });

  it("goes on in the next run where a lost answer ended this one", async () => {
    const sealed = await own.ready();
    own.stage.fault = ({ method, path }) =>
      method === "GET" && path.endsWith(own.name) ? { status: 422 } : undefined;
    await assert.rejects(own.player.up(sealed), { name: "UserError" });
    assert.equal(own.opened(), MARKER);
    own.stage.fault = () => undefined;
    assert.equal((await own.player.up(sealed)).did, "create");
  });

  it("shows its value in no fault", async () => {
    const faulty = [
      own.inputs({ value: ["marker-of-a-value"] }),
      own.inputs({ value: "" }),
      own.inputs({ sealed: { keyId: "1", value: "A".repeat(68) } }),
      // Base64, and too short to be a sealed box.
      own.inputs({ value: undefined, sealed: { keyId: "1", value: "AKIAmarker==" } }),
      own.inputs({ name: "docker-token" }),
      own.inputs({ api: { ...own.stage.api, token: [MARKER] } }),
      own.inputs({ [MARKER]: 1 }),
    ];
    for (const props of faulty.slice(0, 6)) {
      const { inputs: news, failures } = await own.player.check(props);
      assert.equal(failures.length, 1, failures.join("\n"));
      assert.doesNotMatch(failures.join(), /marker/);
      assert.ok(!("value" in news));
    }
    assert.equal((await own.player.check(faulty[6]!)).failures.length, 1);
    for (const method of ["GET", "PUT"]) {
      own.stage.fault = (seen) => (seen.method === method ? { status: 422 } : undefined);
      await assert.rejects(own.player.up(own.inputs()), (error: Error) => {
        assert.doesNotMatch(`${error.stack} ${JSON.stringify(error.cause)}`, /marker|token-of-the/);
        return true;
      });
    }
  });
});
