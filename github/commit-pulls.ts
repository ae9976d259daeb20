import type { GithubClient } from "./client.ts";
import { allPages, PAGE } from "./pages.ts";

/** A pull request that a commit came in by. */
export interface PullRequestOfCommit {
  readonly number: number;
  readonly merged: boolean;
  /** Of a merged one the commit that merging made: a merge, a squashed one, or the last of those rebased. */
  readonly mergeCommit: string | undefined;
  readonly headCommit: string;
  readonly headBranch: string;
  /** Undefined where the fork was deleted. */
  readonly headRepositoryId: number | undefined;
  readonly baseRepositoryId: number;
  readonly baseBranch: string;
  /** Its page. */
  readonly url: string;
}

/**
 * The merged pull request that a commit of the default branch came in by; of other commits every one that has them.
 * A commit that nobody made a pull request of has none.
 * @see https://docs.github.com/en/rest/commits/commits#list-pull-requests-associated-with-a-commit
 */
export async function pullRequestsOfCommit(
  { octokit, owner }: GithubClient,
  repository: string,
  sha: string,
): Promise<readonly PullRequestOfCommit[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls", {
      ...{ owner, repo: repository, commit_sha: sha, per_page: PAGE, page },
    });
    return data.map(
      ({ number, merged_at: mergedAt, merge_commit_sha: merge, head, base, ...rest }) => {
        // GitHub answers null where a fork was deleted, whatever its description says.
        const headRepository = head.repo as typeof head.repo | null;
        const merged = mergedAt !== null;
        return {
          number,
          merged,
          // Of an open one it is a commit that GitHub tries out whether it can be merged.
          mergeCommit: merged ? (merge ?? undefined) : undefined,
          headCommit: head.sha,
          headBranch: head.ref,
          headRepositoryId: headRepository === null ? undefined : Number(headRepository.id),
          baseRepositoryId: Number(base.repo.id),
          baseBranch: base.ref,
          url: rest.html_url,
        };
      },
    );
  });
}
