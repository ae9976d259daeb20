import { COMMIT } from "../../rules/image-list.ts";
import { otherStackProblem } from "../../rules/channel-stack.ts";
import { branchRef, refProblem } from "../../rules/git-ref.ts";
import { type Problem, ProblemsError, UserError } from "../../rules/problems.ts";
import { type Publication, publication } from "../../rules/refs.ts";
import type { Scheme } from "../../rules/names.ts";
import { eventProblem } from "../../rules/workflow-event.ts";
import type { Stack } from "../stack.ts";

/** What a run of a workflow is for, as the options or GitHub Actions say it. */
export interface RecordRun {
  /** One of GitHub's events: `push`. */
  readonly event: string;
  /** In full: `refs/heads/main`. */
  readonly ref: string;
  /** The whole commit. */
  readonly commit: string;
  /** `owner/name` of the repository that the run is of. */
  readonly repository: string;
}

/** What a person says of the run; the rest follows from GitHub Actions or the checkout. */
export type RunOptions = Partial<Pick<RecordRun, "event" | "ref" | "commit">>;

type RunStack = Pick<Stack, "name" | "configuration" | "families">;

/**
 * The run that is recorded: what the options say, in GitHub Actions what its variables say, else a push of the checked-out
 * commit to the stack's channel.
 * @param head the commit that is checked out, where git knows one
 * @throws ProblemsError that lists all that is wrong or missing
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export function recordRun(
  options: RunOptions,
  { configuration }: RunStack,
  head: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): RecordRun {
  const inActions = environment["GITHUB_ACTIONS"] === "true";
  const told = (name: string): string | undefined => (inActions ? environment[name] : undefined);
  const event = options.event ?? told("GITHUB_EVENT_NAME") ?? "push";
  const ref = options.ref ?? told("GITHUB_REF") ?? branchRef(configuration.channel);
  const commit = options.commit ?? told("GITHUB_SHA") ?? head;
  const problems: Problem[] = [];
  const check = (path: string, message: string | undefined): void => {
    if (message !== undefined) problems.push({ path, message });
  };
  check("--event", eventProblem(event));
  check("--ref", refProblem(ref));
  check("--commit", commitProblem(commit));
  if (problems.length > 0 || commit === undefined) throw new ProblemsError("the run", problems);
  return { event, ref, commit, repository: told("GITHUB_REPOSITORY") ?? homeOf(configuration) };
}

/** `owner/name` of a stack's repository. */
export function homeOf({ owner, repository }: Stack["configuration"]): string {
  return `${owner}/${repository}`;
}

function commitProblem(commit: string | undefined): string | undefined {
  if (commit === undefined) {
    return "missing, and the project's folder is no git checkout that would tell; write the commit that the images are of";
  }
  if (COMMIT.test(commit)) return undefined;
  return `${JSON.stringify(commit)} is not a whole commit; write the 40 hex digits of git rev-parse HEAD`;
}

/** What a run publishes. */
export type Published = Extract<Publication, { readonly publish: true }>;

/**
 * What the run publishes, by the scheme of the stack's families; schemes whose rule does not publish it are left out.
 * @throws UserError when none does, or when the channel is another stack's
 */
export function publicationsOf(
  run: RecordRun,
  { name, configuration, families }: RunStack,
): ReadonlyMap<Scheme, Published> {
  const published = new Map<Scheme, Published>();
  const reasons: string[] = [];
  for (const scheme of new Set(families.map((family) => family.scheme))) {
    const { event, ref, repository } = run;
    const decided = publication(
      scheme,
      { event, ref, repository, headRepository: repository },
      homeOf(configuration),
    );
    const problem = otherStackProblem(ref, decided, { name, channel: configuration.channel });
    if (problem !== undefined) throw new UserError(problem);
    if (decided.publish) published.set(scheme, decided);
    else reasons.push(`scheme ${scheme}: ${decided.reason}`);
  }
  if (published.size === 0) {
    throw new UserError(
      `${run.event} of ${run.ref} publishes nothing, so there is nothing to record: ${reasons.join("; ")}`,
    );
  }
  return published;
}

/**
 * Whether a publication moves floating names by itself: those of a branch without a stack. A stack moves its channel's own
 * in `up`, and a tag has none.
 */
export function movesFloatingNames({ ref }: RecordRun, { hasStack }: Published): boolean {
  return !hasStack && ref.startsWith("refs/heads/");
}
