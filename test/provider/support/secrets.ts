import { readFileSync } from "node:fs";
import { seal } from "../../../github/seal.ts";
import { openSealedBox } from "../../../local/github/key-pairs.ts";
import type { State } from "../../../local/github/store.ts";
import { REPO } from "../../local/github/test-emulator.ts";
import { EnginePlayer } from "./engine-player.ts";
import { NAMED } from "./environments.ts";
import { type GithubStage, useStage } from "./github-stage.ts";
import { testProvider } from "./test-provider.ts";

export const SECRET = `${NAMED}/secrets/{secret_name}`;
/** A value that must be nowhere. */
export const MARKER = "marker-of-a-value";

/** A secret of an environment of the test's own, the resource that it is, and who changes it by hand. */
export class TestSecret {
  readonly stage: GithubStage;
  readonly name = "DOCKER_TOKEN";
  environment = "";
  player = this.newPlayer();
  #count = 0;

  constructor(stage: GithubStage) {
    this.stage = stage;
  }

  /** Another environment without secrets, and a run that knows of none. */
  async renew(): Promise<void> {
    this.environment = `environment/${++this.#count}`;
    this.player = this.newPlayer();
    await this.make();
  }

  newPlayer(envelopes = false): EnginePlayer {
    return new EnginePlayer(testProvider(), "slipway:index:EnvironmentSecret", envelopes);
  }

  /** Makes the environment. */
  make() {
    return this.stage.hand.request(`PUT ${NAMED}`, this.at);
  }

  removeEnvironment() {
    return this.stage.hand.request(`DELETE ${NAMED}`, this.at);
  }

  /** Path parameters of the environment. */
  get at() {
    return { ...REPO, environment_name: this.environment };
  }

  inputs(more: object = {}) {
    return {
      repository: "pytorch/pytorch",
      environment: this.environment,
      name: this.name,
      value: MARKER,
      api: this.stage.api,
      ...more,
    };
  }

  /** With a sealed value in the place of the value. */
  boxed(keyId: string, value: string) {
    return this.inputs({ value: undefined, sealed: { keyId, value } });
  }

  /** The value sealed: without a fingerprint, which takes a tenth of a second each time, for what is not about values. */
  async ready() {
    const { key, key_id } = await this.publicKey();
    return this.boxed(key_id, await seal(MARKER, key));
  }

  async publicKey() {
    return (await this.stage.hand.request(`GET ${NAMED}/secrets/public-key`, this.at)).data;
  }

  /** What GitHub finds in the secret. */
  opened(): string | undefined {
    const text = readFileSync(this.stage.emulator.stateFile, "utf8");
    const { repositories } = JSON.parse(text) as State;
    const all = repositories.flatMap(({ environments }) => environments);
    const { keyPair, secrets } = all.find(({ name }) => name === this.environment)!;
    const secret = secrets.find(({ name }) => name === this.name);
    const box = secret && openSealedBox(keyPair, secret.encryptedValue);
    return box && Buffer.from(box).toString();
  }

  /** Somebody writes it by hand, in a later second than we did. */
  async writeByHand(value: string): Promise<void> {
    const { key, key_id } = await this.publicKey();
    await this.stage.hand.request(`PUT ${SECRET}`, {
      ...this.at,
      secret_name: this.name,
      key_id,
      encrypted_value: await seal(value, key),
    });
  }
}

/** A secret for each test of the enclosing `describe`. */
export function useSecret(): TestSecret {
  const secret = new TestSecret(useStage());
  beforeEach(() => secret.renew());
  return secret;
}
