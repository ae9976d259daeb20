/*
 * GitHub as its scheduler sees it: environments with who may enter them, secrets and variables, runs. All is read back from
 * the emulator, whose private keys open what was sealed for it.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openSealedBox } from "../../../../local/github/key-pairs.ts";
import type { ActionsScope, State } from "../../../../local/github/store.ts";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";
import { EmulatedGithub } from "../../../support/emulator.ts";
import { fnmatch } from "../../../support/ref-patterns.ts";
import type { Payload } from "./payloads.ts";
import type { Conclusion } from "./trace.ts";
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
  /** What people, git and GitHub's own machinery do. */
  readonly machinery: EmulatedGithub;
  readonly #repository: HostedRepository;

  constructor(cloud: LocalCloud, repository: HostedRepository) {
    this.cloud = cloud;
    this.machinery = new EmulatedGithub(cloud.github, fullName(repository));
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

  /** All that is secret of the repository, its environments and the cloud, by what it is. */
  async secretValues(): Promise<ReadonlyMap<string, string>> {
    const { environments, ...repository } = await this.#stored();
    const { github, registries } = this.cloud;
    const logins = Object.entries(registries);
    const sealed = [repository, ...environments].flatMap((one) =>
      Object.entries(scopeOf(one).secrets).map(
        ([name, value]) => [`secret ${name}`, value] as const,
      ),
    );
    return new Map([
      // The users' names are no secret here, and one of them is in every path.
      ...sealed.filter(([, value]) => !logins.some(([, { username }]) => username === value)),
      ...logins.map(([name, { password }]) => [`the password of ${name}`, password] as const),
      ["the token of the emulator", github.token] as const,
    ]);
  }

  /** A run has begun. @returns its id */
  async beginRun(run: BegunRun): Promise<number> {
    const { file, workflowName, event, sha, ref, payload } = run;
    const head = payload.pull_request?.head;
    return this.machinery.putRun({
      ...{ workflow: file, name: workflowName, event, status: "in_progress" },
      headSha: head?.sha ?? sha,
      headBranch: head?.ref ?? ref.replace(/^refs\/(?:heads|tags)\//, ""),
      ...(head !== undefined && { headRepository: head.repo.full_name }),
    });
  }

  async endRun(id: number, conclusion: Conclusion): Promise<void> {
    await this.machinery.changeRun({ id, status: "completed", conclusion });
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
