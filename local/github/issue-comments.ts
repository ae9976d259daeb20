import { accountType, simpleUser } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { appAnswer, appOfSlug } from "./apps.ts";
import { nodeIdOf } from "./identifiers.ts";
import { issueIn, requireTexts } from "./issues.ts";
import { findByNumber, repositoryIn } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import type { Comment } from "./store-issues.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

/**
 * Comments on issues and pull requests, oldest first. Everybody may change every comment, as with write access at GitHub.
 * @see https://docs.github.com/rest/issues/comments
 */
export function issueCommentHandlers(organization: string, store: Store): Handlers {
  const answer = (call: Call, repository: Repository, comment: Comment) =>
    commentAnswer(call.root, organization, store, repository, comment);
  const commentIn = ({ comments }: Repository, call: Call) =>
    findByNumber(comments, ({ id }) => id, call, "comment_id");
  return {
    "issues/list-comments": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const { number } = issueIn(repository, call);
      const since = Date.parse(call.query.get("since") ?? "1970-01-01T00:00:00Z");
      const wanted = repository.comments.filter(
        ({ issue, updatedAt }) => issue === number && Date.parse(updatedAt) >= since,
      );
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const body = items.map((comment) => answer(call, repository, comment));
      return { status: 200, headers, body };
    },
    "issues/get-comment": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      return { status: 200, body: answer(call, repository, commentIn(repository, call)) };
    },
    "issues/create-comment": (call: Call): Answer => {
      const { body } = call.body as { body: string };
      requireTexts({ body });
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const { number: issue } = issueIn(repository, call);
        const [id, user, now] = [draft.nextId++, call.caller.login, timestamp()];
        const comment = { id, issue, body, user, createdAt: now, updatedAt: now };
        repository.comments.push(comment);
        return { status: 201, body: answer(call, repository, comment) };
      });
    },
    "issues/update-comment": (call: Call): Answer => {
      const { body } = call.body as { body: string };
      requireTexts({ body });
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const comment = commentIn(repository, call);
        comment.body = body;
        comment.updatedAt = timestampAfter(comment.updatedAt);
        return { status: 200, body: answer(call, repository, comment) };
      });
    },
    "issues/delete-comment": (call: Call): Answer =>
      store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const { id } = commentIn(repository, call);
        repository.comments = repository.comments.filter((one) => one.id !== id);
        return { status: 204 };
      }),
  };
}

function commentAnswer(
  root: string,
  organization: string,
  { state }: Store,
  repository: Repository,
  { id, issue, body, user, createdAt, updatedAt }: Comment,
): object {
  const fullName = `${repository.owner}/${repository.name}`;
  const here = `${root}/repos/${fullName}/issues`;
  const slug = /^(.+)\[bot\]$/.exec(user)?.[1];
  return {
    id,
    node_id: nodeIdOf("IssueComment", id),
    body,
    user: simpleUser(root, user, accountType(user, organization)),
    author_association: "NONE",
    performed_via_github_app:
      slug === undefined ? null : appAnswer(root, organization, appOfSlug(state, slug)),
    created_at: createdAt,
    updated_at: updatedAt,
    url: `${here}/comments/${id}`,
    html_url: `${root}/${fullName}/issues/${issue}#issuecomment-${id}`,
    issue_url: `${here}/${issue}`,
  };
}
