import { checkRunsOf, type CheckRun } from "../../../github/check-runs.ts";
import type { GithubClient } from "../../../github/client.ts";
import { pullRequestsOfCommit } from "../../../github/commit-pulls.ts";
import { commitStatuses } from "../../../github/commit-statuses.ts";
import { untilTold, type Pause } from "../../../github/until-told.ts";
import { checkOfStatus, checksOfRuns, checksProblem } from "../../../rules/pins/head-checks.ts";

/** The pull request that a commit came in by. */
export interface MergedPullRequest {
  readonly number: number;
  /** The newest commit of its branch, which its checks ran on. */
  readonly head: string;
  /** All check runs of its head, the newest first: a newer one of the same name hides none. */
  readonly checks: readonly CheckRun[];
  /** Why its checks say nothing good of it; absent where none is in the way. */
  readonly problem?: string;
}

/**
 * The pull request whose merge made a commit, with what was checked of it; undefined when nobody merged one to make it. GitHub may
 * list it late.
 * @param repository without its owner
 * @param repositoryId its number: another repository's pull request counts for nothing
 * @param asked.ownRun number of the run that asks, whose own checks are under way
 */
export async function mergedPullRequest(
  client: GithubClient,
  { repository, repositoryId }: { readonly repository: string; readonly repositoryId: number },
  commit: string,
  {
    ownRun,
    pause,
  }: { readonly ownRun?: string | undefined; readonly pause?: Pause | undefined } = {},
): Promise<MergedPullRequest | undefined> {
  const found = await untilTold(
    async () =>
      (await pullRequestsOfCommit(client, repository, commit)).find(
        ({ mergeCommit, baseRepositoryId }) =>
          mergeCommit === commit && baseRepositoryId === repositoryId,
      ),
    pause,
  );
  if (found === undefined) return undefined;
  const { number, headCommit: head } = found;
  const [latest, every, statuses] = await Promise.all([
    checkRunsOf(client, repository, head),
    checkRunsOf(client, repository, head, "all"),
    commitStatuses(client, repository, head),
  ]);
  const judged = latest.filter(({ url }) => !isOf(ownRun, url));
  const problem = checksProblem([...checksOfRuns(judged), ...statuses.map(checkOfStatus)]);
  const checks = [...every].sort((one, other) => other.id - one.id);
  return { number, head, checks, ...(problem !== undefined && { problem }) };
}

function isOf(run: string | undefined, url: string | undefined): boolean {
  return run !== undefined && url?.includes(`/actions/runs/${run}/`) === true;
}
