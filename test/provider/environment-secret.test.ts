// Does not prove that GitHub answers as its emulator does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";
import { seal } from "../../github/seal.ts";
import { openSealedBox } from "../../local/github/key-pairs.ts";
import type { State } from "../../local/github/store.ts";
import { REPO } from "../local/github/test-emulator.ts";
import { EnginePlayer, envelope } from "./support/engine-player.ts";
import { useStage } from "./support/github-stage.ts";
import { testProvider } from "./support/test-provider.ts";

const TYPE = "slipway:index:EnvironmentSecret";
const ENVIRONMENT = "/repos/{owner}/{repo}/environments/{environment_name}";
const SECRET = `${ENVIRONMENT}/secrets/{secret_name}`;
const MARKER = "marker-of-a-value";
const UNKNOWN = rpc.unknownValue;

describe("the resource type EnvironmentSecret", () => {
  const stage = useStage();
  let count = 0;
  let environment: string;
  let player: EnginePlayer;
  const at = () => ({ ...REPO, environment_name: environment });
  const name = "DOCKER_TOKEN";
  const make = () => stage.hand.request(`PUT ${ENVIRONMENT}`, at());
  beforeEach(async () => {
    environment = `environment/${++count}`;
    player = new EnginePlayer(testProvider(), TYPE);
    await make();
  });
  const inputs = (more: object = {}) => ({
    repository: "pytorch/pytorch",
    environment,
    name,
    value: MARKER,
    api: stage.api,
    ...more,
  });
  const boxed = (keyId: string, value: string) =>
    inputs({ value: undefined, sealed: { keyId, value } });
  /** The same without a fingerprint, which takes a tenth of a second each time, for what is not about values. */
  const ready = async () => {
    const { key, key_id } = await publicKey();
    return boxed(key_id, await seal(MARKER, key));
  };
  const publicKey = async () =>
    (await stage.hand.request(`GET ${ENVIRONMENT}/secrets/public-key`, at())).data;
  /** What GitHub finds in the secret. */
  const opened = () => {
    const { repositories } = JSON.parse(readFileSync(stage.emulator.stateFile, "utf8")) as State;
    const own = repositories.flatMap(({ environments }) => environments);
    const { keyPair, secrets } = own.find((one) => one.name === environment)!;
    const secret = secrets.find((one) => one.name === name);
    const box = secret && openSealedBox(keyPair, secret.encryptedValue);
    return box && Buffer.from(box).toString();
  };
  /** Somebody writes it by hand, in a later second than we did. */
  const writeByHand = async (value: string) => {
    const { key, key_id } = await publicKey();
    await stage.hand.request(`PUT ${SECRET}`, {
      ...at(),
      secret_name: name,
      key_id,
      encrypted_value: await seal(value, key),
    });
  };

  for (const envelopes of [false, true]) {
    const engine = envelopes ? "the Pulumi CLI" : "the embedded engine";

    it(`is sealed before anything is recorded, by ${engine}`, async () => {
      player = new EnginePlayer(testProvider(), TYPE, envelopes);
      assert.equal((await player.up(inputs())).did, "create");
      assert.equal(opened(), MARKER);
      assert.ok(await player.refresh());
      assert.equal((await player.up(inputs())).did, "same");
      await player.up(inputs({ value: `${MARKER}-2` }));
      assert.equal(opened(), `${MARKER}-2`);
      const kept = JSON.stringify(player.state);
      assert.ok(!kept.includes(MARKER));
      assert.ok(!kept.includes(Buffer.from(MARKER).toString("base64").slice(0, 16)));
      assert.ok(!JSON.stringify(stage.seen).includes(MARKER));
    });
  }

  it("keeps what came as a secret, and the fingerprint, in envelopes for the Pulumi CLI", async () => {
    player = new EnginePlayer(testProvider(), TYPE, true);
    await player.up(inputs());
    await player.refresh();
    const { inputs: news, outputs } = player.state!;
    for (const properties of [news, outputs]) {
      assert.deepEqual(properties["api"], envelope(stage.api));
      const { value } = properties["fingerprint"] as { value: string };
      assert.deepEqual(properties["fingerprint"], envelope(value));
      assert.match(value, /^scrypt:[0-9a-f]{32}:[0-9a-f]{64}$/);
      assert.ok(!("value" in properties));
    }
  });

  it("is left as it is while value and key are the same, though no two seals are", async () => {
    await player.up(inputs());
    const { inputs: first } = player.state!;
    stage.changes();
    assert.deepEqual((await player.check(inputs())).inputs, first);
    assert.equal((await player.up(inputs())).did, "same");
    assert.deepEqual(stage.changes(), []);
    const other = new EnginePlayer(testProvider(), TYPE);
    const { inputs: second } = await other.check(inputs());
    assert.notEqual(second["fingerprint"], first["fingerprint"]);
    assert.notEqual(second["sealed"], first["sealed"]);
  });

  it("is written again when its value changed", async () => {
    await player.up(inputs());
    const step = await player.up(inputs({ value: "other" }));
    assert.deepEqual(step, { did: "update", diffs: ["sealed", "fingerprint"] });
    assert.equal(opened(), "other");
  });

  it("is written again when somebody else wrote it", async () => {
    const sealed = await ready();
    await player.up(sealed);
    await writeByHand("by hand");
    await player.refresh();
    assert.deepEqual(await player.up(sealed), { did: "update", diffs: ["remoteUpdatedAt"] });
    assert.equal(opened(), MARKER);
    await player.refresh();
    assert.equal((await player.preview(sealed)).did, "same");
  });

  it("is written again when somebody deleted it", async () => {
    const sealed = await ready();
    await player.up(sealed);
    await stage.hand.request(`DELETE ${SECRET}`, { ...at(), secret_name: name });
    assert.equal(await player.refresh(), false);
    assert.equal((await player.up(sealed)).did, "create");
    assert.equal(opened(), MARKER);
  });

  it("is sealed anew for the key of an environment that was made again", async () => {
    await player.up(inputs());
    await stage.hand.request(`DELETE ${ENVIRONMENT}`, at());
    await make();
    // As a run does that does not look first: the key alone tells.
    assert.deepEqual(await player.up(inputs()), { did: "update", diffs: ["sealed", "keyId"] });
    assert.equal(opened(), MARKER);
    await player.refresh();
    assert.equal((await player.preview(inputs())).did, "same");
  });

  it("stays unknown while the environment is not there", async () => {
    await player.up(inputs());
    await stage.hand.request(`DELETE ${ENVIRONMENT}`, at());
    const { inputs: news, failures } = await player.check(inputs());
    assert.deepEqual(failures, []);
    assert.deepEqual(news, {
      ...{ repository: "pytorch/pytorch", environment, name, api: stage.api },
      ...{ sealed: UNKNOWN, keyId: UNKNOWN, fingerprint: UNKNOWN },
    });
    assert.equal((await player.preview(inputs())).did, "update");
    await assert.rejects(player.up(inputs()), {
      name: "UserError",
      message:
        /could not be sealed, because the environment was not there; run again with a refresh/,
    });
  });

  it("stays unknown while anything of it is, without a question to GitHub", async () => {
    for (const key of ["environment", "value", "repository"]) {
      const { inputs: news, failures } = await player.check(inputs({ [key]: UNKNOWN }));
      assert.deepEqual(failures, []);
      assert.equal(news["sealed"], UNKNOWN);
      assert.ok(!JSON.stringify(news).includes(MARKER));
    }
    const token = { ...stage.api, token: UNKNOWN };
    assert.equal((await player.check(inputs({ api: token }))).inputs["keyId"], UNKNOWN);
    assert.deepEqual(stage.seen, []);
  });

  it("is taken as it is when it was sealed before", async () => {
    const { key, key_id } = await publicKey();
    const sealed = boxed(key_id, await seal(MARKER, key));
    assert.equal((await player.up(sealed)).did, "create");
    assert.equal(opened(), MARKER);
    await player.refresh();
    assert.equal((await player.up(sealed)).did, "same");
    assert.ok(!JSON.stringify(player.state).includes(MARKER));
    const again = boxed(key_id, await seal("other", key));
    assert.deepEqual(await player.up(again), { did: "update", diffs: ["sealed"] });
    assert.equal(opened(), "other");
  });

  it("names the command when it was sealed for a key that is gone", async () => {
    const { key, key_id } = await publicKey();
    const sealed = boxed(key_id, await seal(MARKER, key));
    await stage.hand.request(`DELETE ${ENVIRONMENT}`, at());
    assert.deepEqual((await player.check(sealed)).failures, []);
    await make();
    assert.deepEqual((await player.check(sealed)).failures, [
      `sealed: was sealed for a key that environment ${environment} no longer has; seal it again: slipway secrets set DOCKER_TOKEN --environment ${environment} --stack main`,
    ]);
  });

  it("goes with its declaration, and is another one elsewhere", async () => {
    await player.up(inputs());
    const old = at();
    environment = `${environment}-other`;
    await make();
    player.provider = testProvider();
    assert.equal((await player.up(inputs())).did, "replace");
    assert.equal(opened(), MARKER);
    const gone = stage.hand.request(`GET ${SECRET}`, { ...old, secret_name: name });
    await assert.rejects(gone, { status: 404 });
    player.provider = testProvider();
    await player.destroy();
    assert.equal(opened(), undefined);
  });

  it("stays where it is when the repository was renamed, and moves to another one", async () => {
    await player.up(inputs());
    const { data } = await stage.hand.request("GET /repos/{owner}/{repo}", REPO);
    const renamed = inputs({ repository: "pytorch/renamed" });
    const { key, key_id } = await publicKey();
    let id = Number(data.id);
    stage.fault = ({ path }) => {
      if (path === "/repos/pytorch/renamed") return { status: 200, body: { id } };
      const isKey = path.startsWith("/repos/pytorch/renamed/") && path.endsWith("public-key");
      return isKey ? { status: 200, body: { key, key_id } } : undefined;
    };
    assert.deepEqual(await player.preview(renamed), { did: "update", diffs: ["repository"] });
    player.provider = testProvider();
    id += 1;
    assert.deepEqual(await player.preview(renamed), { did: "replace", diffs: ["repository"] });
  });

  it("may be gone already when it goes", async () => {
    const sealed = await ready();
    await player.up(sealed);
    await stage.hand.request(`DELETE ${ENVIRONMENT}`, at());
    player.provider = testProvider();
    await player.destroy();
  });

  describe("with a token that GitHub shows nothing of it", () => {
    /** A token that may see environments, as everybody of a public repository, and no secrets. */
    const hide = () => {
      stage.fault = ({ path }) => (path.includes("/secrets/") ? { status: 404 } : undefined);
    };
    let sealed: ReturnType<typeof boxed>;
    beforeEach(async () => {
      sealed = await ready();
      await player.up(sealed);
      player.provider = testProvider();
    });

    it("stays as recorded in a refresh", async () => {
      hide();
      assert.ok(await player.refresh());
      assert.equal(player.state!.outputs["unverified"], true);
    });

    it("says which permission is missing", async () => {
      hide();
      const needs = /public key is hidden from the token; the token needs to read Environments/;
      await assert.rejects(player.destroy(), needs);
      await assert.rejects(player.preview(sealed), needs);
      assert.equal(opened(), MARKER);
    });

    it("is not taken for deleted where the token may look and not delete", async () => {
      stage.fault = ({ method }) => (method === "DELETE" ? { status: 404 } : undefined);
      await assert.rejects(
        player.destroy(),
        /may not delete secret DOCKER_TOKEN of environment .*, which is there; it needs to write/,
      );
    });

    it("is not taken for gone or deleted where the repository itself is hidden", async () => {
      stage.fault = () => ({ status: 404 });
      assert.ok(await player.refresh());
      assert.equal(player.state!.outputs["unverified"], true);
      await assert.rejects(player.destroy(), /shows no repository pytorch\/pytorch to this token/);
    });
  });

  it("goes on in the next run where a lost answer ended this one", async () => {
    const sealed = await ready();
    stage.fault = ({ method, path }) =>
      method === "GET" && path.endsWith(name) ? { status: 422 } : undefined;
    await assert.rejects(player.up(sealed), { name: "UserError" });
    assert.equal(opened(), MARKER);
    stage.fault = () => undefined;
    assert.equal((await player.up(sealed)).did, "create");
  });

  it("stays as recorded where the recorded token has ended, until a run with another looks", async () => {
    const sealed = await ready();
    await player.up(sealed);
    const expired = { ...stage.api, token: "expired" };
    player.state!.outputs = { ...player.state!.outputs, api: expired };
    player.provider = testProvider();
    assert.ok(await player.refresh());
    assert.equal(player.state!.outputs["unverified"], true);
    assert.equal((await player.preview(sealed)).did, "same");
    await writeByHand("by hand");
    assert.deepEqual(await player.up(sealed), { did: "update", diffs: ["remoteUpdatedAt"] });
    assert.equal(player.state!.outputs["unverified"], undefined);
  });

  it("shows its value in no fault", async () => {
    const faulty = [
      inputs({ value: ["marker-of-a-value"] }),
      inputs({ value: "" }),
      inputs({ sealed: { keyId: "1", value: "AA==" } }),
      inputs({ name: "docker-token" }),
      inputs({ api: { ...stage.api, token: [MARKER] } }),
      inputs({ [MARKER]: 1 }),
    ];
    for (const props of faulty.slice(0, 5)) {
      const { inputs: news, failures } = await player.check(props);
      assert.equal(failures.length, 1, failures.join("\n"));
      assert.doesNotMatch(failures.join(), /marker/);
      assert.ok(!("value" in news));
    }
    assert.equal((await player.check(faulty[5]!)).failures.length, 1);
    for (const method of ["GET", "PUT"]) {
      stage.fault = (seen) => (seen.method === method ? { status: 422 } : undefined);
      await assert.rejects(player.up(inputs()), (error: Error) => {
        assert.doesNotMatch(`${error.stack} ${JSON.stringify(error.cause)}`, /marker|token-of-the/);
        return true;
      });
    }
  });
});
