/* What one job has: its folders, its environment, what it was told and what must not be shown of it. */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isHostedRunner } from "../../../../rules/runner-label.ts";
import { Masks } from "./masks.ts";
import { defaultVariables, type RunContext } from "./run-context.ts";
import type { ProcessTrace, RoleTrace, StepTrace } from "./trace.ts";
import { fullName } from "./workflow-project.ts";

/** Programs of a machine of GitHub's, with the Node and the stand-in of npm before them. */
const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MACHINE = join(import.meta.dirname, "machine");

/** The machine of a job. */
interface Machine {
  readonly runsOn: readonly string[];
  /** What GitHub gives this job alone. */
  readonly given?: Readonly<Record<string, string>>;
}

export class JobSpace {
  readonly run: RunContext;
  readonly workspace: string;
  readonly temp: string;
  readonly masks = new Masks();
  /** What steps set for those after them. */
  readonly exported = new Map<string, string>();
  readonly pathFolders: string[] = [];
  readonly steps: StepTrace[] = [];
  readonly processes: ProcessTrace[] = [];
  readonly roles: RoleTrace[] = [];
  readonly appTokens: Readonly<Record<string, string>>[] = [];
  readonly permissions: Readonly<Record<string, string>>;
  readonly environment: string | undefined;
  /** Folder that describes the local cloud to the job; none without a cloud. */
  readonly slipwayHome: string | undefined;
  summary = "";
  readonly #base: Readonly<Record<string, string>>;

  private constructor(
    run: RunContext,
    folder: string,
    base: Readonly<Record<string, string>>,
    { permissions, environment }: Pick<JobSpace, "permissions" | "environment">,
  ) {
    this.run = run;
    this.workspace = base["GITHUB_WORKSPACE"] ?? "";
    this.temp = join(folder, "temp");
    this.#base = base;
    this.permissions = permissions;
    this.slipwayHome = base["SLIPWAY_HOME"];
    this.environment = environment;
  }

  /**
   * @param id of the job in its file
   */
  static async make(
    run: RunContext,
    id: string,
    folder: string,
    slipwayHome: string | undefined,
    { runsOn, given = {}, ...rights }: Pick<JobSpace, "permissions" | "environment"> & Machine,
  ): Promise<JobSpace> {
    const { name } = run.project.repository;
    const base = {
      ...machineVariables(run, runsOn),
      ...defaultVariables(run),
      ...given,
      GITHUB_JOB: id,
      GITHUB_WORKSPACE: join(folder, "work", name, name),
      GITHUB_EVENT_PATH: join(folder, "temp/_github_workflow/event.json"),
      HOME: join(folder, "home"),
      RUNNER_TEMP: join(folder, "temp"),
      RUNNER_TOOL_CACHE: join(folder, "tool-cache"),
      RUNNER_WORKSPACE: join(folder, "work", name),
      // The local cloud stands for AWS, GitHub, the registries and Docker, which a real job has.
      ...(slipwayHome !== undefined && { SLIPWAY_HOME: slipwayHome }),
    };
    for (const made of [
      base.GITHUB_WORKSPACE,
      base.HOME,
      base.RUNNER_TEMP,
      dirname(base.GITHUB_EVENT_PATH),
    ]) {
      await mkdir(made, { recursive: true });
    }
    await writeFile(join(base.HOME, ".gitconfig"), gitAddresses(run));
    await writeFile(base.GITHUB_EVENT_PATH, JSON.stringify(run.payload, undefined, 2));
    return new JobSpace(run, folder, base, rights);
  }

  /** The whole environment of a process. @param own what the workflow gives it; GitHub's own variables win */
  environmentOf(own: Readonly<Record<string, string>>): Record<string, string> {
    const path = [
      ...this.pathFolders.toReversed(),
      MACHINE,
      dirname(process.execPath),
      SYSTEM_PATH,
    ];
    return { ...own, ...this.#base, PATH: path.join(":") };
  }

  get runner(): Record<string, string> {
    const { RUNNER_OS: os, RUNNER_ARCH: arch, RUNNER_NAME: name } = this.#base;
    return {
      ...{ os: os ?? "", arch: arch ?? "", name: name ?? "", temp: this.temp },
      tool_cache: this.#base["RUNNER_TOOL_CACHE"] ?? "",
      environment: "github-hosted",
    };
  }
}

/** Where git finds what it asks of github.com by https. */
function gitAddresses({ project: { repository, fork } }: RunContext): string {
  return [repository, fork]
    .map((one) => {
      const address = `https://github.com/${fullName(one)}.git`;
      return `[url "file://${one.path}"]\n\tinsteadOf = ${address}\n`;
    })
    .join("");
}

/**
 * What the runner's own `.env` says, of a machine of one's own.
 * @throws Error where no machine has all of the labels: GitHub would wait for one for a day
 * @see https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/use-proxy-servers#using-a-env-file-to-set-the-proxy-configuration
 */
function machineVariables(
  { runners }: RunContext,
  labels: readonly string[],
): Readonly<Record<string, string>> {
  if (labels.every(isHostedRunner)) return {};
  const [label = "", ...others] = labels;
  const variables = runners[label];
  if (variables === undefined || others.length > 0) {
    throw new Error(`no runner of the test has the labels ${labels.join(", ")}`);
  }
  return variables;
}
