import { REPO } from "../../local/github/test-emulator.ts";
import { EnginePlayer } from "./engine-player.ts";
import { type GithubStage, useStage } from "./github-stage.ts";
import { testProvider } from "./test-provider.ts";

export const NAMED = "/repos/{owner}/{repo}/environments/{environment_name}";
const POLICIES = `${NAMED}/deployment-branch-policies`;

export const branch = (pattern: string) => ({ kind: "branch", pattern });
export const tag = (pattern: string) => ({ kind: "tag", pattern });
/** Settings of an environment that nobody guards. */
export const OPEN = { users: [], teams: [], waitTimer: 0, preventSelfReview: false };

/** An environment of the test's own, the resource that it is, and who changes it by hand. */
export class TestEnvironment {
  readonly stage: GithubStage;
  name = "";
  player = this.newPlayer();
  #count = 0;

  constructor(stage: GithubStage) {
    this.stage = stage;
  }

  /** Another environment that is not there yet, and a run that knows of none. */
  renew(): void {
    this.name = `environment/${++this.#count}`;
    this.player = this.newPlayer();
  }

  newPlayer(provider = testProvider()): EnginePlayer {
    return new EnginePlayer(provider, "slipway:index:GithubEnvironment");
  }

  inputs(more: object = {}) {
    return {
      repository: "pytorch/pytorch",
      environment: this.name,
      policies: [branch("main"), branch("release/*"), tag("v*-rc*")],
      users: ["alice"],
      teams: ["release-engineers"],
      waitTimer: 5,
      preventSelfReview: true,
      api: this.stage.api,
      ...more,
    };
  }

  /** Path parameters. */
  get at() {
    return { ...REPO, environment_name: this.name };
  }

  async found() {
    return (await this.stage.hand.request(`GET ${NAMED}`, this.at)).data;
  }

  /** `branch main`, sorted. */
  async policies(): Promise<string[]> {
    const { data } = await this.stage.hand.request(`GET ${POLICIES}`, this.at);
    return data.branch_policies.map(({ type, name }) => `${type} ${name}`).sort();
  }

  put(body: object) {
    return this.stage.hand.request(`PUT ${NAMED}`, { ...this.at, ...body });
  }

  remove() {
    return this.stage.hand.request(`DELETE ${NAMED}`, this.at);
  }

  addPolicy(name: string, type: "branch" | "tag" = "branch") {
    return this.stage.hand.request(`POST ${POLICIES}`, { ...this.at, name, type });
  }

  async removePolicy(pattern: string) {
    const { data } = await this.stage.hand.request(`GET ${POLICIES}`, this.at);
    const id = data.branch_policies.find(({ name }) => name === pattern)?.id ?? 0;
    const one = { ...this.at, branch_policy_id: id };
    return this.stage.hand.request(`DELETE ${POLICIES}/{branch_policy_id}`, one);
  }

  /** What was changed since the last call: `PUT E`, `DELETE E/deployment-branch-policies/N`. */
  changes(): string[] {
    const name = encodeURIComponent(this.name);
    return this.stage.changes().map((line) => line.replace(name, "E").replace(/\d+$/, "N"));
  }
}

/** An environment for each test of the enclosing `describe`. */
export function useEnvironment(): TestEnvironment {
  const environment = new TestEnvironment(useStage());
  beforeEach(() => environment.renew());
  return environment;
}
