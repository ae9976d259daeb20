/*
 * Deletions of what another resource of the same place is now. Each provider stands for a run of its own, which begins with
 * a check of all that is declared and ends with the deletions.
 */
import assert from "node:assert/strict";
import * as rpc from "@pulumi/pulumi/runtime/rpc.js";
import { REPO } from "../local/github/test-emulator.ts";
import { EnginePlayer } from "./support/engine-player.ts";
import { useEnvironment } from "./support/environments.ts";
import { testProvider } from "./support/test-provider.ts";

describe("what is declared no more", () => {
  const own = useEnvironment();

  describe("of environments", () => {
    it("is not taken away by a replacement that adopted it", async () => {
      await own.player.up(own.inputs());
      const { state } = own.player;
      own.player.state = undefined;
      await own.player.up(own.inputs());
      own.player.state = state;
      await own.player.destroy();
      assert.equal((await own.found()).name, own.name);
    });

    /** Of two resources for one environment, in a state whose run ended before its deletions. */
    async function interrupted(more: object = {}) {
      const old = own.player;
      await old.up(own.inputs());
      const provider = testProvider();
      const renamed = own.newPlayer(provider);
      const inputs = own.inputs({ environment: own.name.toUpperCase(), ...more });
      await renamed.up(inputs);
      old.provider = renamed.provider = testProvider();
      return { old, renamed, inputs };
    }

    it("is left to the resource that an interrupted run made of it", async () => {
      const { old, renamed, inputs } = await interrupted();
      assert.equal((await renamed.up(inputs)).did, "same");
      own.changes();
      await old.destroy();
      assert.deepEqual(own.changes(), []);
      assert.equal((await own.found()).name, own.name);
    });

    it("is left to it also where something of that one is not known yet", async () => {
      const { old, renamed } = await interrupted();
      await renamed.check(own.inputs({ waitTimer: rpc.unknownValue }));
      await old.destroy();
      assert.equal((await own.found()).name, own.name);
    });

    it("is left to it under the new name of its repository, and not under that of another one", async () => {
      const { data } = await own.stage.hand.request("GET /repos/{owner}/{repo}", REPO);
      let id = Number(data.id) + 1;
      own.stage.fault = ({ path }) =>
        path === "/repos/pytorch/renamed"
          ? { status: 200, body: { id, owner: { id: 1 } } }
          : undefined;
      const inRepository = own.inputs({ repository: "pytorch/renamed" });
      await own.player.up(own.inputs());
      const { state } = own.player;

      id = Number(data.id);
      own.player.provider = testProvider();
      await own.player.check(inRepository);
      await own.player.destroy();
      assert.equal((await own.found()).name, own.name);

      id += 1;
      own.player.provider = testProvider();
      own.player.state = state;
      await own.player.check(inRepository);
      await own.player.destroy();
      await assert.rejects(own.found(), { status: 404 });
    });

    it("stays where the repository that is declared now is hidden, and that is said", async () => {
      await own.player.up(own.inputs());
      own.player.provider = testProvider();
      await own.player.check(own.inputs({ repository: "pytorch/hidden" }));
      await assert.rejects(own.player.destroy(), /shows no repository pytorch\/hidden/);
      assert.equal((await own.found()).name, own.name);
    });

    it("goes where another environment is declared, or its declaration is refused", async () => {
      await own.player.up(own.inputs());
      own.player.provider = testProvider();
      await own.player.check(own.inputs({ environment: `${own.name}-other` }));
      await own.player.check(own.inputs({ policies: [] }));
      await own.player.check(own.inputs({ environment: rpc.unknownValue }));
      await own.player.destroy();
      await assert.rejects(own.found(), { status: 404 });
    });
  });

  describe("of secrets", () => {
    const inputs = (more: object = {}) => ({
      repository: "pytorch/pytorch",
      environment: own.name,
      name: "DOCKER_TOKEN",
      value: "value",
      api: own.stage.api,
      ...more,
    });
    const names = async () => {
      const secrets = "/repos/{owner}/{repo}/environments/{environment_name}/secrets";
      const { data } = await own.stage.hand.request(`GET ${secrets}`, own.at);
      return data.secrets.map(({ name }) => name);
    };
    const newPlayer = () => new EnginePlayer(testProvider(), "slipway:index:EnvironmentSecret");

    it("is left to the resource that an interrupted run made of it, and goes without one", async () => {
      await own.put({});
      const old = newPlayer();
      await old.up(inputs());
      const { state } = old;
      const renamed = newPlayer();
      const upper = inputs({ environment: own.name.toUpperCase() });
      await renamed.up(upper);
      old.provider = renamed.provider = testProvider();
      await renamed.up(upper);
      await old.destroy();
      assert.deepEqual(await names(), ["DOCKER_TOKEN"]);

      old.provider = testProvider();
      old.state = state;
      await old.check(inputs({ name: "OTHER" }));
      await old.destroy();
      assert.deepEqual(await names(), []);
    });
  });
});
