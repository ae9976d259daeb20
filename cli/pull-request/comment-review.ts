import { changesOfBase, filesOfPullRequest, pullRequest } from "../../github/pull-requests.ts";
import type { Unreviewed } from "../../rules/preview-markdown.ts";
import { changedCode, changedPaths } from "../../rules/pull-request-files.ts";
import type { PullRequestFacts, WorkflowRunFacts } from "../../rules/workflow-run-facts.ts";
import type { CommentedRun } from "./comment.ts";

/** Milliseconds: a run that was created later was asked for before, when there is much to do. */
const DELAY = 3_600_000;

/**
 * What keeps a run from being one of reviewed code: a pull request's run takes its workflow file from the merge with its base,
 * and so from whoever writes either of them. Undefined where the pull request changes no code, and the run cannot have been for
 * another base.
 */
export async function unreviewedParts(
  { client, repository, progress }: CommentedRun,
  { createdAt }: WorkflowRunFacts,
  { found, rivals }: { found: PullRequestFacts; rivals: readonly PullRequestFacts[] },
): Promise<Unreviewed | undefined> {
  const { number } = found;
  const { changedFiles: count } = await pullRequest(client, repository, number);
  const files = await filesOfPullRequest(client, repository, number);
  const code = changedCode(changedPaths(files));
  progress(`${count} changed ${count === 1 ? "file" : "files"}, ${code.length} of code`);
  const moves = await changesOfBase(client, repository, number);
  const doubts = [
    ...(files.length === count
      ? []
      : ["GitHub does not list all files that this pull request changes."]),
    ...(rivals.length === 0
      ? []
      : [
          "The same commit was proposed for another branch too, whose workflow file may be the one that ran.",
        ]),
    ...(moves.some((time) => time >= createdAt - DELAY)
      ? [
          "This pull request was for another branch when the run began, or shortly before; that branch's workflow file may be the one that ran.",
        ]
      : []),
  ];
  return code.length === 0 && doubts.length === 0 ? undefined : { code, doubts };
}
