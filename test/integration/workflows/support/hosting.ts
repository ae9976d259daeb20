/*
 * GitHub as its scheduler sees it: environments with who may enter them, secrets and variables, runs. All is read back from
 * the emulator, whose private keys open what was sealed for it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openSealedBox } from "../../../../local/github/key-pairs.ts";
import type { ActionsScope, State } from "../../../../local/github/store.ts";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";
import { fnmatch } from "../../../support/ref-patterns.ts";
import type { Payload } from "./payloads.ts";
import { fullName, type HostedRepository } from "./workflow-project.ts";

/** What jobs may read: by name. */
export interface Scope {
  readonly secrets: Readonly<Record<string, string>>;
  readonly variables: Readonly<Record<string, string>>;
}

/** Why a job may not enter an environment, or what it gets there. */
export type Entered = { readonly refused: string } | (Scope & { readonly reviewers: number });

/** A run that the emulator is told of. */
interface BegunRun {
  readonly file: string;
  readonly workflowName: string;
  readonly event: string;
  readonly ref: string;
  readonly sha: string;
  readonly payload: Payload;
}

export class Hosting {
  readonly cloud: LocalCloud;
  readonly #repository: HostedRepository;

  constructor(cloud: LocalCloud, repository: HostedRepository) {
    this.cloud = cloud;
    this.#repository = repository;
  }

  /** What every job of the repository may read. */
  async scope(): Promise<Scope> {
    return scopeOf(await this.#stored());
  }

  /**
   * Enters an environment as a job of a ref does; reviewers say yes at once.
   * @param ref in full, of a pull request `refs/pull/1/merge`
   */
  async enter(name: string, ref: string): Promise<Entered> {
    const { environments } = await this.#stored();
    const environment = environments.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (environment === undefined) {
      return {
        refused: `environment ${name} is not there; GitHub would make it, with no protection`,
      };
    }
    const { deploymentBranchPolicy, deploymentPolicies, reviewers } = environment;
    if (deploymentBranchPolicy === "protected") {
      return { refused: `environment ${name} admits protected branches, which nothing here tells` };
    }
    const [, kind = "heads", short = ref] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
    const type = kind === "tags" ? "tag" : "branch";
    const admitted =
      deploymentBranchPolicy === null ||
      deploymentPolicies.some((policy) => policy.type === type && fnmatch(policy.name, short));
    if (!admitted) {
      const what = type === "tag" ? "Tag" : "Branch";
      return {
        refused: `${what} "${short}" is not allowed to deploy to ${name} due to environment protection rules.`,
      };
    }
    return { ...scopeOf(environment), reviewers: reviewers.length };
  }

  /** A run has begun. @returns its id */
  async beginRun(run: BegunRun): Promise<number> {
    const { file, workflowName, event, sha, ref, payload } = run;
    const head = payload.pull_request?.head;
    const { id } = await this.tell("runs", {
      ...{ repository: fullName(this.#repository), workflow: file, name: workflowName, event },
      headSha: head?.sha ?? sha,
      headBranch: head?.ref ?? ref.replace(/^refs\/(?:heads|tags)\//, ""),
      ...(head !== undefined && { headRepository: head.repo.full_name }),
      status: "in_progress",
    });
    return Number(id);
  }

  async endRun(id: number, conclusion: string): Promise<void> {
    const repository = fullName(this.#repository);
    await this.tell("runs", { repository, id, status: "completed", conclusion });
  }

  /** Lets a job's token in. @param permissions as the job has them */
  async registerToken(token: string, permissions: Readonly<Record<string, string>>): Promise<void> {
    await this.tell("tokens", { token, permissions });
  }

  /** Keeps bytes as an artifact of a run. */
  async keepArtifact(run: number, name: string, zip: Buffer): Promise<void> {
    const query = new URLSearchParams({
      ...{ repository: fullName(this.#repository), run: String(run), name },
    });
    await this.#post(`artifacts?${query.toString()}`, zip, "application/zip");
  }

  /** What stands for GitHub's own machinery, git and people: see local/github/machinery.ts. */
  async tell(what: string, body: object): Promise<Record<string, unknown>> {
    return this.#post(what, JSON.stringify(body), "application/json");
  }

  async #post(what: string, body: string | Buffer, type: string): Promise<Record<string, unknown>> {
    const { endpoint, token } = this.cloud.github;
    const response = await fetch(`${endpoint}/_emulator/${what}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": type },
      body: typeof body === "string" ? body : new Uint8Array(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`/_emulator/${what}: HTTP ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async #stored(): Promise<State["repositories"][number]> {
    const text = await readFile(join(this.cloud.folder, "github/state.json"), "utf8");
    const { repositories } = JSON.parse(text) as State;
    const { owner, name } = this.#repository;
    const found = repositories.find((one) => one.owner === owner && one.name === name);
    if (found === undefined) throw new Error(`the emulator has no repository ${owner}/${name}`);
    return found;
  }
}

function scopeOf({ keyPair, secrets, variables }: ActionsScope): Scope {
  const opened = secrets.map(({ name, encryptedValue }) => {
    const bytes = openSealedBox(keyPair, encryptedValue);
    if (bytes === undefined) throw new Error(`secret ${name} was not sealed for its environment`);
    return [name, Buffer.from(bytes).toString("utf8")] as const;
  });
  return {
    secrets: Object.fromEntries(opened),
    variables: Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  };
}
