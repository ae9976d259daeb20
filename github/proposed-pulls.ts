import type { GithubClient } from "./client.ts";
import { isHttpError } from "./faults.ts";
import { allPages, PAGE } from "./pages.ts";

/** A pull request with its text. */
export interface ProposedPull {
  readonly number: number;
  /** Its page. */
  readonly url: string;
  readonly title: string;
  readonly body: string;
}

/** A pull request's branch, base and text. */
export interface PullText {
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

interface PullAnswer {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
}

/**
 * The open pull request from a branch of the repository itself to another; GitHub admits one.
 * @see https://docs.github.com/en/rest/pulls/pulls#list-pull-requests
 */
export async function openPull(
  { octokit, owner }: GithubClient,
  repository: string,
  { head, base }: { readonly head: string; readonly base: string },
): Promise<ProposedPull | undefined> {
  const found = await allPages(async (page) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls", {
      ...{ owner, repo: repository, state: "open" as const, base, per_page: PAGE, page },
      head: `${owner}:${head}`,
    });
    // Without an owner that it knows GitHub leaves the filter away.
    return data
      .filter((one) => one.head.ref === head && one.head.label.endsWith(`:${head}`))
      .filter((one) => (one.head.repo as object | null) !== null)
      .filter((one) => one.head.repo.id === one.base.repo.id)
      .map(pullOf);
  });
  return found[0];
}

/**
 * Opens a pull request; undefined where the branch has one by now.
 * @see https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request
 */
export async function createPull(
  { octokit, owner }: GithubClient,
  repository: string,
  pull: PullText & { readonly head: string; readonly base: string },
): Promise<ProposedPull | undefined> {
  try {
    const { data } = await octokit.request("POST /repos/{owner}/{repo}/pulls", {
      ...{ owner, repo: repository, ...pull },
    });
    return pullOf(data);
  } catch (error) {
    const isThere = "A pull request already exists";
    if (isHttpError(error) && error.status === 422 && toldOf(error).includes(isThere)) {
      return undefined;
    }
    throw error;
  }
}

/** @see https://docs.github.com/en/rest/pulls/pulls#update-a-pull-request */
export async function updatePull(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
  change: PullText | { readonly state: "closed" },
): Promise<void> {
  await octokit.request("PATCH /repos/{owner}/{repo}/pulls/{pull_number}", {
    ...{ owner, repo: repository, pull_number: number, ...change },
  });
}

/** Where a pull request's commits are. */
export interface PullHead {
  readonly isOpen: boolean;
  readonly branch: string;
  readonly commit: string;
  /** Whether the branch is in the repository itself, and in no fork. */
  readonly isOwn: boolean;
  /** The branch that it is for. */
  readonly base: string;
  /** Its page. */
  readonly url: string;
}

/** @see https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request */
export async function pullHead(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
): Promise<PullHead> {
  const { data } = await octokit.request("GET /repos/{owner}/{repo}/pulls/{pull_number}", {
    ...{ owner, repo: repository, pull_number: number },
  });
  const { head, base } = data;
  // GitHub answers null where a fork was deleted, whatever its description says.
  const from = head.repo as typeof head.repo | null;
  return {
    isOpen: data.state === "open",
    ...{ branch: head.ref, commit: head.sha, base: base.ref, url: data.html_url },
    isOwn: from !== null && from.id === base.repo.id,
  };
}

/** Octokit's message does not have all that an answer lists. */
function toldOf(error: Error & { readonly response?: unknown }): string {
  return `${error.message} ${JSON.stringify(error.response)}`;
}

function pullOf({ number, html_url: url, title, body }: PullAnswer): ProposedPull {
  return { number, url, title, body: body ?? "" };
}
