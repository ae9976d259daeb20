import type { GithubClient } from "./client.ts";
import { allPages, PAGE } from "./pages.ts";

/** What somebody with write access said of a commit in the way that is older than check runs. */
export interface CommitStatus {
  /** `ci/circleci: build` */
  readonly context: string;
  /** `success`, `pending`, `failure` or `error`. */
  readonly state: string;
}

/**
 * The latest status of each context of a commit.
 * @see https://docs.github.com/en/rest/commits/statuses#get-the-combined-status-for-a-specific-reference
 */
export async function commitStatuses(
  { octokit, owner }: GithubClient,
  repository: string,
  sha: string,
): Promise<readonly CommitStatus[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/status", {
      ...{ owner, repo: repository, ref: sha, per_page: PAGE, page },
    });
    return data.statuses.map(({ context, state }) => ({ context, state }));
  });
}
