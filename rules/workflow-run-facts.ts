import { isChannel } from "./names.ts";

/** The workflow whose runs make previews, as GitHub tells of a run's file. */
export const PREVIEW_WORKFLOW = ".github/workflows/plan.yml";

/** What GitHub says of a run of a workflow; nothing of it is up to whoever made the pull request but names of branches. */
export interface WorkflowRunFacts {
  readonly id: number;
  /** From 1. */
  readonly attempt: number;
  /** Of the repository that it ran in. */
  readonly repositoryId: number;
  /** `.github/workflows/plan.yml` */
  readonly path: string;
  readonly event: string;
  readonly status: string;
  /** `success`, `failure`, ...; undefined until it is completed. */
  readonly conclusion: string | undefined;
  readonly headCommit: string;
  /** Absent where GitHub names none. */
  readonly headBranch: string | undefined;
  /** Where that branch is; absent when it was deleted. */
  readonly headRepository: { readonly id: number; readonly owner: string } | undefined;
  /** Of its first attempt; milliseconds since 1970. */
  readonly createdAt: number;
  /** Its page. */
  readonly url: string;
}

/** What GitHub says of a pull request. */
export interface PullRequestFacts {
  readonly number: number;
  readonly isOpen: boolean;
  readonly headCommit: string;
  /** Absent when the repository was deleted. */
  readonly headRepositoryId: number | undefined;
  readonly baseRepositoryId: number;
  /** `main` */
  readonly baseBranch: string;
}

/** What keeps a run from being one of ours that makes previews; undefined when nothing does. */
export function runProblem(run: WorkflowRunFacts, repositoryId: number): string | undefined {
  const { id, path, event } = run;
  const found = `run ${id}`;
  if (run.repositoryId !== repositoryId) {
    return `${found} is of another repository (id ${run.repositoryId}, not ${repositoryId})`;
  }
  if (path !== PREVIEW_WORKFLOW) {
    return `${found} is of ${JSON.stringify(path)}; only ${PREVIEW_WORKFLOW} makes previews`;
  }
  if (event !== "pull_request") {
    return `${found} was started by ${JSON.stringify(event)}; previews are made on pull_request alone`;
  }
  return undefined;
}

/**
 * What became of a run. `idle` when it did nothing, as while somebody has to approve a first-time contributor's runs;
 * `running` also when it was started once more.
 * @see https://docs.github.com/en/rest/checks/runs#get-a-check-run
 */
export function outcomeOf({
  status,
  conclusion,
}: Pick<WorkflowRunFacts, "status" | "conclusion">): "success" | "failure" | "idle" | "running" {
  if (status !== "completed") return "running";
  if (conclusion === "success") return "success";
  const idle = ["skipped", "neutral", "stale", "action_required"];
  return conclusion !== undefined && idle.includes(conclusion) ? "idle" : "failure";
}

/**
 * The pull request that a run was for, among all from its branch, closed ones too; or why there is none to tell anything.
 * `ambiguous` when there are several: a branch may have one for each channel, and nothing but the run itself, which may lie,
 * would say for which one it was. `rivals` have the same head and another base: the run may be theirs, and a base branch that
 * anybody may push to brings a workflow file of its own.
 */
export function pullRequestOfRun(
  run: Pick<WorkflowRunFacts, "headCommit" | "headRepository">,
  fromBranch: readonly PullRequestFacts[],
  repositoryId: number,
):
  | { readonly found: PullRequestFacts; readonly rivals: readonly PullRequestFacts[] }
  | { readonly nothing: string }
  | { readonly ambiguous: string } {
  const { headCommit, headRepository } = run;
  if (headRepository === undefined) {
    return { nothing: "the repository that the pull request came from is gone" };
  }
  const ours = fromBranch.filter(
    (one) => one.headRepositoryId === headRepository.id && one.baseRepositoryId === repositoryId,
  );
  const ofCommit = ours.filter((one) => one.headCommit === headCommit);
  const current = ofCommit.filter(({ isOpen }) => isOpen);
  const channels = current.filter(({ baseBranch }) => isChannel(baseBranch));
  const [found, ...others] = channels;
  if (found !== undefined && others.length === 0) {
    return { found, rivals: ofCommit.filter(({ baseBranch }) => baseBranch !== found.baseBranch) };
  }
  if (found !== undefined) {
    const numbers = channels.map(({ number }) => `#${number}`).join(", ");
    return {
      ambiguous: `several open pull requests have the head of the run: ${numbers}; give each one a branch of its own`,
    };
  }
  const [other] = current;
  if (other !== undefined) {
    return {
      nothing: `pull request #${other.number} is for ${JSON.stringify(other.baseBranch)}, which is no channel (main, release/*)`,
    };
  }
  const moved = ours.find(({ isOpen }) => isOpen);
  if (moved !== undefined) {
    return {
      nothing: `the head of pull request #${moved.number} is ${moved.headCommit} now, not ${headCommit}; that commit has a run of its own`,
    };
  }
  return { nothing: "no open pull request has the head of the run; it was closed or merged" };
}
