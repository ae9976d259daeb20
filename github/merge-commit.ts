import type { GithubClient } from "./client.ts";
import { unlessGone } from "./faults.ts";

/** The commit that GitHub makes of an open pull request and its base, to try whether they can be merged. */
export interface TestMerge {
  /** Undefined while GitHub makes it, and where there is a conflict. */
  readonly commit: string | undefined;
  /** False where there is a conflict; undefined while GitHub looks. */
  readonly mergeable: boolean | undefined;
}

/**
 * Asking for it makes GitHub begin to make it.
 * @see https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
 */
export async function testMerge(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
): Promise<TestMerge> {
  const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
    owner,
    repo: repository,
    pull_number: number,
  });
  return { commit: data.merge_commit_sha ?? undefined, mergeable: data.mergeable ?? undefined };
}

/**
 * The parents of a commit, in order; undefined where the repository does not have it.
 * @see https://docs.github.com/en/rest/git/commits#get-a-commit-object
 */
export async function parentsOf(
  { octokit, owner }: GithubClient,
  repository: string,
  commit: string,
): Promise<readonly string[] | undefined> {
  const found = await unlessGone(
    octokit.request("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", {
      owner,
      repo: repository,
      commit_sha: commit,
    }),
  );
  return found?.data.parents.map(({ sha }) => sha);
}
