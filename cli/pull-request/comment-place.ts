import type { GithubClient } from "../../github/client.ts";
import {
  type Comment,
  commentsOf,
  createComment,
  deleteComment,
  updateComment,
} from "../../github/comments.ts";
import { isPreviewOf, runOfComment } from "../../rules/preview-markdown.ts";
import { UserError } from "../../rules/problems.ts";

/**
 * What became of a comment: `superseded` when that of a later run is there already, `kept` when what is there says more than
 * the new one.
 */
export interface PlacedComment {
  readonly change: "created" | "updated" | "unchanged" | "superseded" | "kept";
  /** Its page. */
  readonly url: string;
}

/** Where a comment goes, and whose comments are ours. */
export interface CommentPlace {
  readonly client: GithubClient;
  readonly repository: string;
  /** Number of the pull request. */
  readonly number: number;
  /** Login of who writes with the token. */
  readonly login: string;
  /** Head commit: a comment that shows a preview of it stays as it is. */
  readonly keep: string | undefined;
}

/** Others write at the same time, but not for ever. */
const ROUNDS = 5;

/**
 * Makes a text the one comment of its kind in a pull request: edits the first one of the token's own user in place, makes one
 * where there is none, and takes away the others. Comments of others are never touched, whatever they say. Runs that do so at
 * the same time end with one comment, that of the latest run.
 * @param body begins with the marker and its run
 */
export async function placeComment(place: CommentPlace, body: string): Promise<PlacedComment> {
  const { client, repository, number, keep } = place;
  let created: Comment | undefined;
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [first, ...others] = await ownComments(place, created);
    if (first === undefined) {
      // Another run may make one at the same time: whoever looks last sees both.
      created = await createComment(client, repository, number, body);
      continue;
    }
    const kept = [first, ...others].find(
      (one) => keep !== undefined && isPreviewOf(one.body, keep),
    );
    if (kept !== undefined) return { change: "kept", url: kept.url };
    const isSuperseded = [first, ...others].some((one) => isLater(one.body, body));
    const isWritten = !isSuperseded && !isSame(first.body, body);
    if (isWritten && !(await updateComment(client, repository, first.id, body))) continue;
    // The oldest one stays, so that no two runs take away each other's. A later run that has another one sees to it itself.
    const staysFirst = !isSuperseded || isLater(first.body, body);
    for (const { id } of staysFirst ? others : []) await deleteComment(client, repository, id);
    const { url } = first;
    if (isSuperseded) return { change: "superseded", url };
    if (created?.id === first.id) return { change: "created", url };
    return { change: isWritten ? "updated" : "unchanged", url };
  }
  throw new UserError(
    `the comment of pull request #${number} is taken away by others again and again; run the job again`,
  );
}

/**
 * Comments of this kind by the token's own user, oldest first.
 * @param created one that was just made, which a list may not show yet
 */
async function ownComments(
  { client, repository, number, login }: CommentPlace,
  created: Comment | undefined,
): Promise<readonly Comment[]> {
  const all = await commentsOf(client, repository, number);
  const own = all.filter(
    ({ author, body }) => author === login && runOfComment(body) !== undefined,
  );
  const unseen = created !== undefined && own.every(({ id }) => id !== created.id);
  return (unseen ? [...own, created] : own).sort((one, other) => one.id - other.id);
}

/** Whether the first of two comments is of a later run, or of a later attempt of the same one. */
function isLater(first: string, second: string): boolean {
  const [one, other] = [runOfComment(first), runOfComment(second)];
  if (one === undefined || other === undefined) return false;
  return one.id > other.id || (one.id === other.id && one.attempt > other.attempt);
}

/** Whether a comment says so already, whatever ends its lines. */
function isSame(one: string, other: string): boolean {
  const plain = (text: string) => text.replaceAll("\r\n", "\n").trimEnd();
  return plain(one) === plain(other);
}
