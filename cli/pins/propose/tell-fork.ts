import type { GithubClient } from "../../../github/client.ts";
import {
  type Comment,
  commentsOf,
  createComment,
  deleteComment,
  ownLogin,
  updateComment,
} from "../../../github/comments.ts";
import {
  candidatesComment,
  type CandidateToPin,
  isCandidatesComment,
} from "../../../rules/pins/candidates-comment.ts";

/** What became of the comment. */
export interface ToldFork {
  readonly change: "created" | "updated" | "unchanged";
  /** Its page. */
  readonly url: string;
}

/**
 * Makes what the author of a pull request from a fork has to run the one comment of its kind. Comments of people are left alone,
 * whatever they say.
 */
export async function tellFork(
  github: GithubClient,
  repository: string,
  number: number,
  candidates: readonly CandidateToPin[],
): Promise<ToldFork> {
  const body = candidatesComment(candidates);
  const [first, ...others] = await ownComments(github, repository, number);
  for (const { id } of others) await deleteComment(github, repository, id);
  if (first !== undefined && plain(first.body) === plain(body)) {
    return { change: "unchanged", url: first.url };
  }
  const updated =
    first === undefined ? undefined : await updateComment(github, repository, first.id, body);
  if (updated !== undefined) return { change: "updated", url: updated.url };
  const { url } = await createComment(github, repository, number, body);
  return { change: "created", url };
}

/** GitHub tells an app's token nothing of itself; apps' logins alone have brackets. */
async function ownComments(
  github: GithubClient,
  repository: string,
  number: number,
): Promise<readonly Comment[]> {
  const login = await ownLogin(github);
  const all = await commentsOf(github, repository, number);
  return all.filter(({ author = "", body }) => {
    return isCandidatesComment(body) && (author === login || author.endsWith("[bot]"));
  });
}

function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}
