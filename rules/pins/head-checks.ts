import { isCandidateCheck } from "../candidate-check.ts";

/** A check run or status of a commit, as far as it matters here. */
export interface HeadCheck {
  readonly name: string;
  /** `done` with whatever end, or what is under way. */
  readonly state: "passed" | "failed" | "running";
  /** GitHub's own word: `timed_out`. */
  readonly word: string;
}

/**
 * Ends of a check run that stand in nobody's way; GitHub merges with these, too.
 * @see https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/about-status-checks
 */
const PASSED = new Set(["success", "neutral", "skipped"]);

/** What GitHub tells of a check run. */
export interface ToldRun {
  /** GitHub counts up: what was made later has more. Its times are whatever its maker wrote. */
  readonly id: number;
  readonly name: string;
  readonly app: { readonly id: number } | undefined;
  readonly status: string;
  readonly conclusion: string | undefined;
}

/**
 * The check runs of a commit without those that were cancelled for a newer one of the same app and name, which is what GitHub's
 * required checks go by, too. GitHub lists the latest of each run of a workflow, so that one that `concurrency` ended stays there
 * beside the one that took its place. Only what was cancelled goes, and only for what ran: one that was skipped takes nobody's place,
 * and a failure stays beside whatever came later, since GitHub lists both.
 */
export function checksOfRuns(runs: readonly ToldRun[]): readonly HeadCheck[] {
  const isReplaced = ({ id, name, app, conclusion }: ToldRun): boolean =>
    conclusion === "cancelled" &&
    app !== undefined &&
    runs.some(
      (other) =>
        other.id > id &&
        other.name === name &&
        other.app?.id === app.id &&
        other.conclusion !== "skipped",
    );
  return runs.filter((run) => !isReplaced(run)).map(checkOfRun);
}

/** A check run by its status and conclusion. */
export function checkOfRun(run: Pick<ToldRun, "name" | "status" | "conclusion">): HeadCheck {
  const { name, status, conclusion } = run;
  if (status !== "completed") return { name, state: "running", word: status };
  const word = conclusion ?? "no conclusion";
  return { name, state: PASSED.has(word) ? "passed" : "failed", word };
}

/** A commit status by its context and state. */
export function checkOfStatus(status: {
  readonly context: string;
  readonly state: string;
}): HeadCheck {
  const { context: name, state: word } = status;
  if (word === "success") return { name, state: "passed", word };
  return { name, state: word === "pending" ? "running" : "failed", word };
}

/** Names that are told of many checks. */
const MOST_TOLD = 5;

/**
 * Why checks are in the way of taking over what they checked; undefined when none is. Checks of candidates alone say only that there
 * are some: what nobody tried is not taken over.
 */
export function checksProblem(checks: readonly HeadCheck[]): string | undefined {
  const told = (state: HeadCheck["state"]): string => {
    const found = checks.filter((check) => check.state === state);
    const names = found
      .slice(0, MOST_TOLD)
      .map(({ name, word }) => `${JSON.stringify(name)} (${word})`);
    const more = found.length > MOST_TOLD ? ` and ${found.length - MOST_TOLD} more` : "";
    return names.length === 0
      ? ""
      : `${state === "failed" ? "not passed" : "still under way"}: ${names.join(", ")}${more}`;
  };
  const problems = [told("failed"), told("running")].filter((text) => text !== "");
  if (problems.length > 0) return `checks of its head ${problems.join("; ")}`;
  return checks.some(({ name }) => !isCandidateCheck(name))
    ? undefined
    : "nothing was checked on its head";
}
