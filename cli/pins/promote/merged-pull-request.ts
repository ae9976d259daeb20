import { checkRunsOf, type CheckRun } from "../../../github/check-runs.ts";
import type { GithubClient } from "../../../github/client.ts";
import { pullRequestsOfCommit } from "../../../github/commit-pulls.ts";
import { commitStatuses } from "../../../github/commit-statuses.ts";
import { checkOfRun, checkOfStatus, checksProblem } from "../../../rules/pins/head-checks.ts";

/** The pull request that a commit came in by. */
export interface MergedPullRequest {
  readonly number: number;
  /** The newest commit of its branch, which its checks ran on. */
  readonly head: string;
  readonly checks: readonly CheckRun[];
  /** Why its checks say nothing good of it; absent where none is in the way. */
  readonly problem?: string;
}

/**
 * The pull request whose merge made a commit, with what was checked of it; undefined when nobody merged one to make it.
 * @param repository without its owner
 * @param repositoryId its number: another repository's pull request counts for nothing
 * @param ownRun number of the run that asks, whose own checks are under way
 */
export async function mergedPullRequest(
  client: GithubClient,
  { repository, repositoryId }: { readonly repository: string; readonly repositoryId: number },
  commit: string,
  ownRun: string | undefined,
): Promise<MergedPullRequest | undefined> {
  const found = (await pullRequestsOfCommit(client, repository, commit)).find(
    ({ mergeCommit, baseRepositoryId }) =>
      mergeCommit === commit && baseRepositoryId === repositoryId,
  );
  if (found === undefined) return undefined;
  const { number, headCommit: head } = found;
  const [runs, statuses] = await Promise.all([
    checkRunsOf(client, repository, head),
    commitStatuses(client, repository, head),
  ]);
  const checks = runs.filter(({ url }) => !isOf(ownRun, url));
  const problem = checksProblem([...checks.map(checkOfRun), ...statuses.map(checkOfStatus)]);
  return { number, head, checks, ...(problem !== undefined && { problem }) };
}

function isOf(run: string | undefined, url: string | undefined): boolean {
  return run !== undefined && url?.includes(`/actions/runs/${run}/`) === true;
}
