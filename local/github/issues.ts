import { accountType, simpleUser } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { validationFailed } from "./github-error.ts";
import { nodeIdOf } from "./identifiers.ts";
import { labelAnswers } from "./labels.ts";
import { findByNumber, repositoryIn } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import type { Issue, PullRequest } from "./store-issues.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

/** The body of a write, as the description has it. */
interface IssueRequest {
  readonly title?: string | number | null;
  readonly body?: string | null;
  readonly state?: Issue["state"];
  readonly state_reason?: Issue["stateReason"];
  readonly labels?: readonly (string | { readonly name?: string })[];
}

/** Characters, as everywhere at GitHub. */
const LONGEST_TITLE = 256;
const LONGEST_BODY = 65_536;

/**
 * Issues, newest first. As at GitHub, every pull request is in the list, too, with the key `pull_request`.
 * @see https://docs.github.com/rest/issues/issues
 */
export function issueHandlers(organization: string, store: Store): Handlers {
  const answer = (call: Call, repository: Repository, issue: Issue | PullRequest) =>
    issueAnswer(call.root, organization, repository, issue);
  return {
    "issues/list-for-repo": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const ascending = call.query.get("direction") === "asc" ? 1 : -1;
      const keyOf = (issue: Issue | PullRequest) =>
        call.query.get("sort") === "updated" ? issue.updatedAt : "";
      const wanted = issuesOf(repository)
        .filter((issue) => isWanted(issue, call.query))
        .sort(
          (one, other) =>
            ascending * (keyOf(one).localeCompare(keyOf(other)) || one.number - other.number),
        );
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const body = items.map((issue) => answer(call, repository, issue));
      return { status: 200, headers, body };
    },
    "issues/get": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      return { status: 200, body: answer(call, repository, issueIn(repository, call)) };
    },
    "issues/create": (call: Call): Answer => {
      const { labels = [], ...asked } = call.body as IssueRequest;
      const title = String(asked.title ?? "");
      requireTexts({ title, body: asked.body });
      const now = timestamp();
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const issue: Issue = {
          id: draft.nextId++,
          number: nextNumber(repository),
          title,
          body: asked.body ?? null,
          state: "open",
          stateReason: null,
          user: call.caller.login,
          labels: namesOf(labels),
          closedAt: null,
          createdAt: now,
          updatedAt: now,
        };
        repository.issues.push(issue);
        return { status: 201, body: answer(call, repository, issue) };
      });
    },
    "issues/update": (call: Call): Answer => {
      const asked = call.body as IssueRequest;
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const issue = issueIn(repository, call);
        const title =
          asked.title === undefined || asked.title === null ? issue.title : String(asked.title);
        requireTexts({ title, body: asked.body });
        issue.title = title;
        if (asked.body !== undefined) issue.body = asked.body;
        if (asked.labels !== undefined) issue.labels = namesOf(asked.labels);
        issue.updatedAt = timestampAfter(issue.updatedAt);
        if (asked.state !== undefined) changeState(issue, asked.state, asked.state_reason);
        return { status: 200, body: answer(call, repository, issue) };
      });
    },
  };
}

/** Issues and pull requests, which have one numbering. */
function issuesOf({ issues, pullRequests }: Repository): (Issue | PullRequest)[] {
  return [...issues, ...pullRequests];
}

/** The issue or pull request that the path is about. @throws GithubError 404 */
export function issueIn(repository: Repository, call: Call): Issue | PullRequest {
  return findByNumber(issuesOf(repository), ({ number }) => number, call, "issue_number");
}

/** The number of the next issue or pull request; nothing is ever deleted. */
export function nextNumber(repository: Repository): number {
  return issuesOf(repository).length + 1;
}

/** @throws GithubError 422 in GitHub's words */
export function requireTexts({
  title,
  body,
}: {
  readonly title?: string;
  readonly body?: string | null | undefined;
}): void {
  const faults = [
    ...(title === "" ? ["title can't be blank"] : []),
    ...tooLong("title", title, LONGEST_TITLE),
    ...tooLong("body", body, LONGEST_BODY),
  ];
  if (faults.length > 0) throw validationFailed(...faults);
}

function tooLong(what: string, text: string | null | undefined, longest: number): string[] {
  return Array.from(text ?? "").length > longest
    ? [`${what} is too long (maximum is ${longest} characters)`]
    : [];
}

function namesOf(labels: NonNullable<IssueRequest["labels"]>): string[] {
  const names = labels.map((label) => (typeof label === "string" ? label : (label.name ?? "")));
  return [...new Set(names)];
}

function changeState(
  issue: Issue | PullRequest,
  state: Issue["state"],
  reason: Issue["stateReason"] | undefined,
): void {
  const reopened = issue.state === "closed" && state === "open";
  issue.closedAt = state === "open" ? null : (issue.closedAt ?? issue.updatedAt);
  issue.state = state;
  if ("stateReason" in issue) {
    issue.stateReason = state === "closed" ? (reason ?? "completed") : reopened ? "reopened" : null;
  }
}

function isWanted(issue: Issue | PullRequest, query: URLSearchParams): boolean {
  const state = query.get("state") ?? "open";
  const creator = query.get("creator");
  const labels = query.get("labels")?.split(",") ?? [];
  return (
    (state === "all" || issue.state === state) &&
    (creator === null || issue.user === creator) &&
    labels.every((label) => issue.labels.includes(label))
  );
}

function issueAnswer(
  root: string,
  organization: string,
  repository: Repository,
  issue: Issue | PullRequest,
): object {
  const { id, number } = issue;
  const fullName = `${repository.owner}/${repository.name}`;
  const url = `${root}/repos/${fullName}/issues/${number}`;
  const isPullRequest = "headSha" in issue;
  const page = `${root}/${fullName}/${isPullRequest ? "pull" : "issues"}/${number}`;
  return {
    id,
    node_id: nodeIdOf(isPullRequest ? "PullRequest" : "Issue", id),
    number,
    title: issue.title,
    body: issue.body,
    state: issue.state,
    state_reason: isPullRequest ? null : issue.stateReason,
    user: simpleUser(root, issue.user, accountType(issue.user, organization)),
    labels: labelAnswers(root, repository, issue.labels),
    assignee: null,
    assignees: [],
    milestone: null,
    locked: false,
    comments: repository.comments.filter((comment) => comment.issue === number).length,
    author_association: "NONE",
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    url,
    repository_url: `${root}/repos/${fullName}`,
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: page,
    ...(isPullRequest && {
      pull_request: {
        url: `${root}/repos/${fullName}/pulls/${number}`,
        html_url: page,
        diff_url: `${page}.diff`,
        patch_url: `${page}.patch`,
        merged_at: issue.mergedAt,
      },
    }),
  };
}
