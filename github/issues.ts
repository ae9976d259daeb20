import type { GithubClient } from "./client.ts";
import { allPages, PAGE } from "./pages.ts";

/** An issue of a repository. */
export interface Issue {
  readonly number: number;
  /** Login of who made it; undefined for an account that is gone. */
  readonly author: string | undefined;
  readonly body: string;
  /** Its page. */
  readonly url: string;
}

/**
 * The open issues with a label, newest first.
 * @see https://docs.github.com/en/rest/issues/issues#list-repository-issues
 */
export async function openIssues(
  { octokit, owner }: GithubClient,
  repository: string,
  label: string,
): Promise<readonly Issue[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/issues", {
      ...{ owner, repo: repository, state: "open", labels: label, per_page: PAGE, page },
    });
    return data.map(issueOf);
  });
}

/** @see https://docs.github.com/en/rest/issues/issues#create-an-issue */
export async function createIssue(
  { octokit, owner }: GithubClient,
  repository: string,
  issue: { readonly title: string; readonly body: string; readonly labels: readonly string[] },
): Promise<Issue> {
  const { data } = await octokit.request("POST /repos/{owner}/{repo}/issues", {
    ...{ owner, repo: repository, ...issue, labels: [...issue.labels] },
  });
  return issueOf(data);
}

/**
 * Writes an issue's text anew.
 * @see https://docs.github.com/en/rest/issues/issues#update-an-issue
 */
export async function updateIssue(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
  body: string,
): Promise<void> {
  await octokit.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...{ owner, repo: repository, issue_number: number, body },
  });
}

/** Closes an issue as done. */
export async function closeIssue(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
): Promise<void> {
  await octokit.request("PATCH /repos/{owner}/{repo}/issues/{issue_number}", {
    ...{ owner, repo: repository, issue_number: number },
    ...{ state: "closed", state_reason: "completed" },
  });
}

interface IssueAnswer {
  readonly number: number;
  readonly user: { readonly login: string } | null;
  readonly body?: string | null | undefined;
  readonly html_url: string;
}

function issueOf({ number, user, body, html_url: url }: IssueAnswer): Issue {
  return { number, author: user?.login, body: body ?? "", url };
}
