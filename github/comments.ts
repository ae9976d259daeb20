import type { GithubClient } from "./client.ts";
import { isHttpError, unlessGone } from "./faults.ts";
import { allPages, PAGE } from "./pages.ts";
import { rateLimitWait } from "./rate-limit.ts";

/** A comment on an issue or a pull request. */
export interface Comment {
  readonly id: number;
  /** Login of who wrote it; undefined for an account that is gone. */
  readonly author: string | undefined;
  /** Client id of the GitHub App whose token wrote it; undefined of what people wrote. */
  readonly app: string | undefined;
  readonly body: string;
  /** Its page. */
  readonly url: string;
}

/**
 * Who comments with the token that GitHub makes for a workflow's run. A login of a user or an organisation has no brackets.
 * @see https://docs.github.com/en/actions/concepts/security/github_token
 */
const WORKFLOW_BOT = "github-actions[bot]";

/**
 * The login that comments made with the token are of: a user's, or that of workflows, whose token GitHub tells nothing about.
 * @see https://docs.github.com/en/rest/users/users#get-the-authenticated-user
 */
export async function ownLogin({ octokit }: GithubClient): Promise<string> {
  try {
    return (await octokit.request("GET /user")).data.login;
  } catch (error) {
    const isRefused = isHttpError(error) && error.status === 403;
    if (isRefused && rateLimitWait(error) === undefined) return WORKFLOW_BOT;
    throw error;
  }
}

/**
 * All comments of a pull request or an issue, oldest first.
 * @see https://docs.github.com/en/rest/issues/comments#list-issue-comments
 */
export async function commentsOf(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
): Promise<readonly Comment[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request(
      "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
      { owner, repo: repository, issue_number: number, per_page: PAGE, page },
    );
    return data.map(commentOf);
  });
}

/** @see https://docs.github.com/en/rest/issues/comments#create-an-issue-comment */
export async function createComment(
  { octokit, owner }: GithubClient,
  repository: string,
  number: number,
  body: string,
): Promise<Comment> {
  const { data } = await octokit.request(
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    { owner, repo: repository, issue_number: number, body },
  );
  return commentOf(data);
}

/**
 * Writes a comment anew; undefined when it is no longer there.
 * @see https://docs.github.com/en/rest/issues/comments#update-an-issue-comment
 */
export async function updateComment(
  { octokit, owner }: GithubClient,
  repository: string,
  comment: number,
  body: string,
): Promise<Comment | undefined> {
  const found = await unlessGone(
    octokit.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", {
      owner,
      repo: repository,
      comment_id: comment,
      body,
    }),
  );
  return found === undefined ? undefined : commentOf(found.data);
}

/**
 * Takes a comment away, unless it is gone already.
 * @see https://docs.github.com/en/rest/issues/comments#delete-an-issue-comment
 */
export async function deleteComment(
  { octokit, owner }: GithubClient,
  repository: string,
  comment: number,
): Promise<void> {
  await unlessGone(
    octokit.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", {
      owner,
      repo: repository,
      comment_id: comment,
    }),
  );
}

interface CommentAnswer {
  readonly id: number | bigint;
  readonly user: { readonly login: string } | null;
  readonly body?: string | undefined;
  readonly html_url: string;
  readonly performed_via_github_app?: { readonly client_id?: string } | null | undefined;
}

function commentOf(answer: CommentAnswer): Comment {
  const { id, user, body = "", html_url: url, performed_via_github_app: app } = answer;
  return { id: Number(id), author: user?.login, app: app?.client_id, body, url };
}
