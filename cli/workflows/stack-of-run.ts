import { readStackFiles } from "../../context/stack-files.ts";
import { loadProject } from "../../engine/project.ts";
import { branchRef, parseRef, refProblem } from "../../rules/git-ref.ts";
import { CANDIDATE, type Channel, isChannel, MAIN_BRANCH } from "../../rules/names.ts";
import { UserError } from "../../rules/problems.ts";
import { PROJECT_ROOT } from "../project-root.ts";

/** A stack of the project, as far as it matters for which run it is. */
export interface RepositoryStack {
  readonly name: string;
  /** `owner/name` */
  readonly repository: string;
  readonly channel: Channel;
  readonly owns: "all" | "images";
  /** Names of folders in images/. */
  readonly families: readonly string[];
  readonly local: boolean;
}

/** The workflow run that a stack is looked for. */
export interface StackRun {
  /** `owner/name`; the case of letters means nothing, as on GitHub. */
  readonly repository: string;
  readonly channel: Channel;
}

/** The stacks of the project that can be read, by name. */
export async function projectStacks(): Promise<readonly RepositoryStack[]> {
  return Promise.all(
    readStackFiles(PROJECT_ROOT).map(async ({ name, channel, families, local }) => {
      const { config } = await loadProject(PROJECT_ROOT, name);
      const owns = config["slipway:owns"] === "images" ? "images" : "all";
      const repository = `${config["slipway:owner"] ?? ""}/${config["slipway:repository"] ?? ""}`;
      return { name, repository, channel, owns, families, local };
    }),
  );
}

/**
 * The stacks of a repository. A stack of the local cloud stands in for the repository's own only where the project has none
 * of these: a rehearsal on one machine, and never what production is published by.
 */
export function stacksOfRepository(
  stacks: readonly RepositoryStack[],
  repository: string,
): readonly RepositoryStack[] {
  const own = stacks.filter((one) => one.repository.toLowerCase() === repository.toLowerCase());
  const real = own.filter(({ local }) => !local);
  return real.length > 0 ? real : own;
}

/**
 * The stack that a workflow run is for: that of the repository and the channel.
 * @throws UserError that lists the stacks when none or several fit
 */
export async function stackOfRun(run: StackRun): Promise<string> {
  return chooseStack(await projectStacks(), run);
}

/**
 * The one stack of a repository and a channel.
 * @throws UserError that lists the stacks when none or several fit
 */
export function chooseStack(stacks: readonly RepositoryStack[], run: StackRun): string {
  const own = stacksOfRepository(stacks, run.repository);
  const fitting = own.filter(({ channel }) => channel === run.channel);
  const [first, ...others] = fitting;
  if (first !== undefined && others.length === 0) return first.name;
  const what = `of ${run.repository}, channel ${run.channel}`;
  if (first !== undefined) {
    const names = fitting.map(({ name }) => name).join(", ");
    throw new UserError(
      `several stacks are ${what}: ${names}; give all but one another slipway:channel, or name one with --stack`,
    );
  }
  // People paste a command as it stands, and a branch may be called anything.
  const isPlain = /^[\w./-]+$/.test(run.channel);
  const advice =
    own.length > 0 && isChannel(run.channel) && isPlain
      ? `make it, and commit its file: slipway channel create ${run.channel}`
      : "name one with --stack";
  throw new UserError(`no stack is ${what}; ${advice}. There are:\n${stackLines(stacks)}`);
}

function stackLines(stacks: readonly RepositoryStack[]): string {
  if (stacks.length === 0) return "  none";
  const line = ({ name, repository, channel, local }: RepositoryStack) =>
    `  ${name}  ${repository}, channel ${channel}${local ? ", on the local cloud" : ""}`;
  return stacks.map(line).join("\n");
}

/**
 * The channel whose stack a run of a ref has to do with: the ref's own, a release candidate's release line, and main for
 * every ref that has no stack.
 * @param ref in full
 */
export function channelOfRef(ref: string): Channel {
  if (refProblem(ref) !== undefined) return MAIN_BRANCH;
  const { kind, name } = parseRef(ref);
  if (kind === "tag") {
    const line = CANDIDATE.exec(name)?.[1];
    return line === undefined ? MAIN_BRANCH : `release/${line}`;
  }
  return kind === "branch" && isChannel(name) ? name : MAIN_BRANCH;
}

/**
 * The stack that is meant by a command whose `--stack` may be left out: what is given, in GitHub Actions the stack of the
 * run, of a pull request that of the branch it is for, and elsewhere `local`.
 * @throws UserError that lists the stacks when none or several fit
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export async function stackOrOwn(given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const { GITHUB_ACTIONS, GITHUB_REPOSITORY = "" } = process.env;
  if (GITHUB_ACTIONS !== "true") return "local";
  if (GITHUB_REPOSITORY === "") {
    throw new UserError(
      "GITHUB_REPOSITORY is not set, though GITHUB_ACTIONS is true: nothing tells whose stack is meant; set it to owner/name, or name a stack with --stack",
    );
  }
  return stackOfRun({ repository: GITHUB_REPOSITORY, channel: channelOfRun() });
}

/** The channel that the workflow run of this process is for, of a pull request that of the branch it is for. */
export function channelOfRun(): Channel {
  const { GITHUB_REF = "", GITHUB_BASE_REF = "" } = process.env;
  return channelOfRef(GITHUB_BASE_REF === "" ? GITHUB_REF : branchRef(GITHUB_BASE_REF));
}
