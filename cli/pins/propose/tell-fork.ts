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

/** The pull request that is told, and by whom. */
export interface ToldPull {
  /** Without its owner. */
  readonly repository: string;
  readonly number: number;
  /** Why its branch is not written, as {@link candidatesComment} has it. */
  readonly why: string;
  /** Client id of the App that proposes; empty without one. */
  readonly app: string;
}

/**
 * Makes what the author of a pull request has to run the one comment of its kind. Comments of others are left alone, whatever
 * they say.
 */
export async function tellFork(
  github: GithubClient,
  pull: ToldPull,
  candidates: readonly CandidateToPin[],
): Promise<ToldFork> {
  const { repository, number, why } = pull;
  const body = candidatesComment(candidates, why);
  const [first, ...others] = await ownComments(github, pull);
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

/** GitHub tells an app's token nothing of itself, and of each comment which app wrote it. */
async function ownComments(
  github: GithubClient,
  { repository, number, app: own }: ToldPull,
): Promise<readonly Comment[]> {
  const login = await ownLogin(github);
  const isApp = own !== "" && login.endsWith("[bot]");
  const all = await commentsOf(github, repository, number);
  return all.filter(({ author, app, body }) => {
    return isCandidatesComment(body) && (isApp ? app === own : author === login);
  });
}

function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}
