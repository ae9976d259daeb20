import { type ChangedFile, MOST_LISTED_FILES } from "../rules/pull-request-files.ts";
import type { PullRequestFacts } from "../rules/workflow-run-facts.ts";
import type { GithubClient } from "./client.ts";
import { allPages, PAGE } from "./pages.ts";

const CHANGES_OF_BASE: readonly string[] = ["base_ref_changed", "automatic_base_change_succeeded"];

/** The fields of GitHub's answers that count, in a list and alone. */
interface PullRequestAnswer {
  readonly number: number;
  readonly state: string;
  readonly head: { readonly sha: string; readonly repo: { readonly id: number | bigint } | null };
  readonly base: { readonly ref: string; readonly repo: { readonly id: number | bigint } };
}

/**
 * The pull requests of a repository from one branch, closed ones too.
 * @param owner of the repository that the branch is in
 * @see https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
 */
export async function pullRequestsFrom(
  { octokit, owner }: GithubClient,
  repository: string,
  head: { readonly owner: string; readonly branch: string },
): Promise<readonly PullRequestFacts[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls", {
      owner,
      repo: repository,
      state: "all",
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
 * When a pull request was given another base, by hand or because its base was merged; milliseconds since 1970.
 * @see https://docs.github.com/en/rest/using-the-rest-api/issue-event-types#base_ref_changed
 */
export async function changesOfBase(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
): Promise<readonly number[]> {
  const events = await allPages(async (page) => {
    const { data } = await octokit.request(
      "GET /repos/{owner}/{repo}/issues/{issue_number}/events",
      { owner, repo: repository, issue_number: number, per_page: PAGE, page },
    );
    return data.map(({ event, created_at: time }) => ({ event, time: Date.parse(time) }));
  });
  return events.flatMap(({ event, time }) => (CHANGES_OF_BASE.includes(event) ? time : []));
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
