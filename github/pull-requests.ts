import { type ChangedFile, MOST_LISTED_FILES } from "../rules/pull-request-files.ts";
import type { PullRequestFacts } from "../rules/workflow-run-facts.ts";
import type { GithubClient } from "./client.ts";
import { allPages, PAGE } from "./pages.ts";

/** The fields of GitHub's answers that count, in a list and alone. */
interface PullRequestAnswer {
  readonly number: number;
  readonly state: string;
  readonly head: { readonly sha: string; readonly repo: { readonly id: number | bigint } | null };
  readonly base: { readonly ref: string; readonly repo: { readonly id: number | bigint } };
}

/**
 * The open pull requests of a repository from one branch.
 * @param owner of the repository that the branch is in
 * @see https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
 */
export async function openPullRequests(
  { octokit, owner }: GithubClient,
  repository: string,
  head: { readonly owner: string; readonly branch: string },
): Promise<readonly PullRequestFacts[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls", {
      owner,
      repo: repository,
      state: "open",
      per_page: PAGE,
      page,
      head: `${head.owner}:${head.branch}`,
    });
    return data.map(factsOf);
  });
}

/**
 * A pull request, with how many files it changes.
 * @see https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
 */
export async function pullRequest(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
): Promise<PullRequestFacts & { readonly changedFiles: number }> {
  const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
    owner,
    repo: repository,
    pull_number: number,
  });
  return { ...factsOf(data), changedFiles: data.changed_files };
}

/**
 * The files that a pull request changes: all, or the first {@link MOST_LISTED_FILES}.
 * @see https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files
 */
export async function filesOfPullRequest(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
): Promise<readonly ChangedFile[]> {
  const ask = async (page: number) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/files", {
      owner,
      repo: repository,
      pull_number: number,
      per_page: PAGE,
      page,
    });
    return data.map(({ filename: path, previous_filename: previousPath }) => ({
      path,
      ...(previousPath !== undefined && { previousPath }),
    }));
  };
  return allPages(ask, MOST_LISTED_FILES / PAGE);
}

function factsOf({ number, state, head, base }: PullRequestAnswer): PullRequestFacts {
  return {
    number,
    isOpen: state === "open",
    headCommit: head.sha,
    headRepositoryId: head.repo === null ? undefined : Number(head.repo.id),
    baseRepositoryId: Number(base.repo.id),
    baseBranch: base.ref,
  };
}
