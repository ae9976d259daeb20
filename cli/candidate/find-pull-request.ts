import type { GithubClient } from "../../github/client.ts";
import { parentsOf, testMerge } from "../../github/merge-commit.ts";
import { pullRequestsFrom } from "../../github/pull-requests.ts";
import { untilTold } from "../../github/until-told.ts";
import { workflowRun } from "../../github/workflow-run.ts";
import { candidateRunProblem } from "../../rules/candidate-run.ts";
import { UserError } from "../../rules/problems.ts";
import { outcomeOf, pullRequestOfRun } from "../../rules/workflow-run-facts.ts";

/** A pull request whose images may get candidates. */
export interface FoundPullRequest {
  readonly number: number;
  /** The pull request merged into its base, as GitHub tries it. */
  readonly merge: string;
  /** Newest commit of its branch. */
  readonly head: string;
  /** What it was merged into. */
  readonly base: string;
  /** `main` */
  readonly baseBranch: string;
}

/** A run of a repository. */
export interface AskedRun {
  readonly github: GithubClient;
  /** Without its owner. */
  readonly repository: string;
  readonly id: number;
  /** The merge commit that is checked out; else the one that GitHub names. */
  readonly merge?: string;
}

/**
 * The pull request that a run of pins.yml was for, or why there is nothing to build. All of it comes from GitHub: of the run itself
 * nothing counts but its number.
 * @throws UserError where the run is none of pins.yml, and where several pull requests may be meant
 */
export async function findPullRequest(
  asked: AskedRun,
): Promise<{ readonly found: FoundPullRequest } | { readonly nothing: string }> {
  const { github, repository, id } = asked;
  const run = await workflowRun(github, repository, id);
  if (run === undefined) {
    throw new UserError(
      `${github.owner}/${repository} has no run ${id} that the token may see; write the id of a run of this repository`,
    );
  }
  const repositoryId = await github.repositoryId(repository);
  const problem = candidateRunProblem(run, repositoryId);
  if (problem !== undefined) throw new UserError(problem);
  const outcome = outcomeOf(run);
  if (outcome === "running") return { nothing: `run ${id} is under way (${run.status})` };
  if (outcome === "idle") return { nothing: `run ${id} did nothing (${run.conclusion ?? ""})` };
  const { headRepository, headBranch: branch, headCommit: head } = run;
  const fromBranch =
    headRepository === undefined || branch === undefined
      ? []
      : await pullRequestsFrom(github, repository, { owner: headRepository.owner, branch });
  const meant = pullRequestOfRun(run, fromBranch, repositoryId);
  if ("nothing" in meant) return meant;
  if ("ambiguous" in meant) throw new UserError(meant.ambiguous);
  const { number, baseBranch } = meant.found;
  const merged = await mergeOf(asked, number, head);
  if ("nothing" in merged) return merged;
  return { found: { number, head, baseBranch, ...merged } };
}

/** The merge of a head into something, as GitHub made it; one that is checked out must be such a one. */
export async function mergeOf(
  { github, repository, merge }: Omit<AskedRun, "id">,
  number: number,
  head: string,
): Promise<Pick<FoundPullRequest, "merge" | "base"> | { readonly nothing: string }> {
  if (merge !== undefined) {
    const base = await baseOf(github, repository, merge, head);
    if (base !== undefined) return { merge, base };
    throw new UserError(`${merge}, which is checked out, is no merge of ${head} into another`);
  }
  const told = await untilTold(async () => {
    const { commit, mergeable } = await testMerge(github, repository, number);
    if (mergeable === false) {
      return { nothing: `pull request #${number} has conflicts with its base; solve them` };
    }
    const base = commit === undefined ? undefined : await baseOf(github, repository, commit, head);
    return commit === undefined || base === undefined ? undefined : { merge: commit, base };
  });
  return told ?? { nothing: `GitHub has made no merge of pull request #${number} at ${head}` };
}

/** GitHub's merge has the base first; of an older head it stays until the next one is made. */
async function baseOf(
  github: GithubClient,
  repository: string,
  merge: string,
  head: string,
): Promise<string | undefined> {
  const [base, second, ...others] = (await parentsOf(github, repository, merge)) ?? [];
  return second === head && others.length === 0 ? base : undefined;
}
