import type { GithubClient } from "../../github/client.ts";
import { ownLogin } from "../../github/comments.ts";
import { pullRequest, pullRequestsFrom } from "../../github/pull-requests.ts";
import { workflowRun } from "../../github/workflow-run.ts";
import { type PreviewSource } from "../../rules/preview-markdown.ts";
import { UserError } from "../../rules/problems.ts";
import {
  outcomeOf,
  type PullRequestFacts,
  pullRequestOfRun,
  runProblem,
  type WorkflowRunFacts,
} from "../../rules/workflow-run-facts.ts";
import { type PlacedComment, placeComment } from "./comment-place.ts";
import { commentText } from "./comment-text.ts";
import { unreviewedParts } from "./comment-review.ts";

/** What came of a run that made a preview, or did not. */
export type CommentResult =
  | { readonly outcome: "nothing"; readonly reason: string }
  | {
      readonly outcome: PlacedComment["change"];
      /** Number of the pull request. */
      readonly pullRequest: number;
      /** The comment's page. */
      readonly url: string;
      /** Whether the preview was computed by reviewed code. */
      readonly reviewed: boolean;
      /** Why the comment shows no preview. */
      readonly refusal?: string;
    };

/** A run of a repository. */
export interface CommentedRun {
  readonly client: GithubClient;
  /** Without its owner. */
  readonly repository: string;
  readonly id: number;
  /** Told what is being done. */
  readonly progress: (line: string) => void;
}

/**
 * Shows the preview that a run made as the one comment of its pull request. What the run is, for which pull request and what
 * that changes comes from GitHub alone; what the run kept may be anything, and is shown as such.
 * @throws UserError where the run makes no previews, and where several pull requests may be meant
 */
export async function commentOnPullRequest(asked: CommentedRun): Promise<CommentResult> {
  const { client, repository, id, progress } = asked;
  const run = await ourRun(asked);
  const outcome = outcomeOf(run);
  if (outcome === "running") {
    return nothing(
      `run ${id} is under way (${run.status}); there is something when it is completed`,
    );
  }
  if (outcome === "idle") {
    return nothing(`run ${id} did nothing (${run.conclusion ?? ""}); there is no preview`);
  }
  const repositoryId = await client.repositoryId(repository);
  const { headRepository, headBranch } = run;
  const fromBranch =
    headRepository === undefined || headBranch === undefined
      ? []
      : await pullRequestsFrom(client, repository, {
          owner: headRepository.owner,
          branch: headBranch,
        });
  const meant = pullRequestOfRun(run, fromBranch, repositoryId);
  if ("nothing" in meant) return nothing(meant.nothing);
  if ("ambiguous" in meant) throw new UserError(meant.ambiguous);
  const { number } = meant.found;
  progress(`pull request #${number}, commit ${run.headCommit}`);
  const unreviewed = await unreviewedParts(asked, run, meant);
  const source: PreviewSource = { commit: run.headCommit, run, unreviewed };
  const { body, refusal, keep } = await commentText(asked, run, meant.found.baseBranch, source);
  const login = await ownLogin(client);
  const now = await pullRequest(client, repository, number);
  const moved = whatMoved(meant.found, now);
  if (moved !== undefined) return nothing(`pull request #${number}: ${moved}`);
  const { change, url } = await placeComment({ client, repository, number, login, keep }, body);
  return {
    outcome: change,
    pullRequest: number,
    url,
    reviewed: unreviewed === undefined,
    ...(refusal !== undefined && { refusal }),
  };
}

async function ourRun({ client, repository, id }: CommentedRun): Promise<WorkflowRunFacts> {
  const run = await workflowRun(client, repository, id);
  if (run === undefined) {
    throw new UserError(
      `${client.owner}/${repository} has no run ${id} that the token may see; write the id of a run of this repository`,
    );
  }
  const problem = runProblem(run, await client.repositoryId(repository));
  if (problem !== undefined) throw new UserError(problem);
  return run;
}

/** What became of a pull request meanwhile, so that a preview is no longer of it. */
function whatMoved(before: PullRequestFacts, now: PullRequestFacts): string | undefined {
  if (!now.isOpen) return "it was closed meanwhile";
  if (now.headCommit !== before.headCommit || now.headRepositoryId !== before.headRepositoryId) {
    return `its head is ${now.headCommit} now; that commit has a run of its own`;
  }
  if (now.baseBranch !== before.baseBranch) {
    return `it is for ${JSON.stringify(now.baseBranch)} now; that has a run of its own`;
  }
  return undefined;
}

function nothing(reason: string): CommentResult {
  return { outcome: "nothing", reason };
}
