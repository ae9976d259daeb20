import { z } from "zod";
import { accountType, AUTHENTICATED_USER, simpleUser } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { notFound, unprocessable } from "./github-error.ts";
import { nodeIdOf } from "./identifiers.ts";
import { findByNumber, repositoryIn, repositoryNamed, sameName } from "./lookup.ts";
import { issueIn, nextNumber } from "./issues.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { fullPullRequest, pullRequestSummary } from "./pull-request-answer.ts";
import { PullRequest } from "./store-issues.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

/** GitHub lists no more files of a pull request than these, however many it counts. */
const MOST_FILES = 3000;

/**
 * Pull requests, newest first. Nobody pushes here: {@link recordPullRequest} puts them there.
 * @see https://docs.github.com/rest/pulls/pulls
 */
export function pullRequestHandlers(organization: string, store: Store): Handlers {
  const pullAt = (call: Call): [Repository, PullRequest] => {
    const repository = repositoryIn(store.state, call);
    return [
      repository,
      findByNumber(repository.pullRequests, ({ number }) => number, call, "pull_number"),
    ];
  };
  return {
    "pulls/list": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const { query } = call;
      // Only those sorted by something else than creation begin with the oldest, if nothing is said.
      const sort = query.get("sort") ?? "created";
      const direction = query.get("direction") ?? (sort === "created" ? "desc" : "asc");
      const keyOf = (pull: PullRequest) => (sort === "updated" ? pull.updatedAt : "");
      const wanted = repository.pullRequests
        .filter((pull) => isWanted(pull, query))
        .sort(
          (one, other) =>
            (keyOf(one).localeCompare(keyOf(other)) || one.number - other.number) *
            (direction === "desc" ? -1 : 1),
        );
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const body = items.map((pull) =>
        pullRequestSummary(call.root, organization, repository, pull),
      );
      return { status: 200, headers, body };
    },
    "pulls/get": (call: Call): Answer => ({
      status: 200,
      body: fullPullRequest(call.root, organization, ...pullAt(call)),
    }),
    // Of all that happens to issues and pull requests, only that one got another base.
    "issues/list-events": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const { number } = issueIn(repository, call);
      const pull = repository.pullRequests.find((one) => one.number === number);
      const { items, headers } = pageOf(call, pull?.basesChangedAt ?? [], PAGES_OF_30);
      const type = accountType(AUTHENTICATED_USER, organization);
      const body = items.map((time, index) => ({
        id: number * 1000 + index,
        node_id: nodeIdOf("BaseRefChangedEvent", number * 1000 + index),
        url: `${call.root}/repos/${repository.owner}/${repository.name}/issues/events/${number * 1000 + index}`,
        actor: simpleUser(call.root, AUTHENTICATED_USER, type),
        event: "base_ref_changed",
        commit_id: null,
        commit_url: null,
        created_at: time,
        performed_via_github_app: null,
      }));
      return { status: 200, headers, body };
    },
    "pulls/list-files": (call: Call): Answer => {
      const [repository, pull] = pullAt(call);
      const { items, headers } = pageOf(call, pull.files.slice(0, MOST_FILES), PAGES_OF_30);
      const body = items.map((file) => fileAnswer(call.root, repository, pull, file));
      return { status: 200, headers, body };
    },
  };
}

function isWanted(pull: PullRequest, query: URLSearchParams): boolean {
  const state = query.get("state") ?? "open";
  const base = query.get("base");
  // `owner:branch`; without an owner GitHub ignores it.
  const head = /^(?<owner>[^:]+):(?<ref>.+)$/.exec(query.get("head") ?? "")?.groups;
  return (
    (state === "all" || pull.state === state) &&
    (base === null || pull.baseRef === base) &&
    (head === undefined ||
      (pull.headRef === head["ref"] &&
        sameName(pull.headRepository?.split("/")[0] ?? "", head["owner"] ?? "")))
  );
}

function fileAnswer(
  root: string,
  { owner, name }: Repository,
  { headSha }: PullRequest,
  { filename, status, previousFilename }: PullRequest["files"][number],
): object {
  const path = filename.split("/").map(encodeURIComponent).join("/");
  const page = `${root}/${owner}/${name}`;
  return {
    sha: headSha,
    filename,
    status,
    additions: 0,
    deletions: 0,
    changes: 0,
    blob_url: `${page}/blob/${headSha}/${path}`,
    raw_url: `${page}/raw/${headSha}/${path}`,
    contents_url: `${root}/repos/${owner}/${name}/contents/${path}?ref=${headSha}`,
    ...(previousFilename !== undefined && { previous_filename: previousFilename }),
  };
}

const Recorded = z.strictObject({
  /** `owner/name` of the base. */
  repository: z.string(),
  /** Of a pull request that is there already and is changed. */
  number: z.int().optional(),
  ...PullRequest.omit({
    ...{ id: true, number: true, createdAt: true, updatedAt: true, closedAt: true, mergedAt: true },
    basesChangedAt: true,
  }).partial().shape,
  merged: z.boolean().optional(),
});

/** What {@link recordPullRequest} takes. */
export type RecordedPullRequest = z.input<typeof Recorded>;

/**
 * Puts a pull request there, or changes one. A new one needs `headRef` and `headSha`; its head is in the repository
 * itself and its base is `main`, if nothing else is said.
 * @returns its number
 * @throws GithubError 404 without the repository or the pull request, 422 when the body does not fit
 */
export function recordPullRequest(store: Store, body: unknown): number {
  const parsed = Recorded.safeParse(body);
  if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
  const { repository: fullName, number, merged, ...given } = parsed.data;
  return store.change((draft) => {
    const repository = repositoryNamed(draft, fullName);
    const now = timestamp();
    const before = repository.pullRequests.find((pull) => pull.number === number);
    if (number !== undefined && before === undefined) throw notFound();
    const blank = {
      id: before === undefined ? draft.nextId++ : before.id,
      number: nextNumber(repository),
      title: given.headRef,
      body: null,
      state: "open",
      user: AUTHENTICATED_USER,
      labels: [],
      draft: false,
      headRepository: `${repository.owner}/${repository.name}`,
      baseRef: "main",
      baseSha: "0".repeat(40),
      files: [],
      changedFiles: 0,
      closedAt: null,
      mergedAt: null,
      mergeCommitSha: null,
      createdAt: now,
    };
    const whole = PullRequest.safeParse({
      ...(before ?? blank),
      ...(given.files && { changedFiles: given.files.length }),
      ...given,
      ...(merged === true && { state: "closed", mergedAt: now }),
      basesChangedAt: [
        ...(before?.basesChangedAt ?? []),
        ...(before === undefined || before.baseRef === (given.baseRef ?? before.baseRef)
          ? []
          : [now]),
      ],
      updatedAt: before === undefined ? now : timestampAfter(before.updatedAt),
    });
    if (!whole.success) throw unprocessable(z.prettifyError(whole.error));
    const closedAt = whole.data.state === "open" ? null : (whole.data.closedAt ?? now);
    const pull = { ...whole.data, closedAt };
    repository.pullRequests = [
      ...repository.pullRequests.filter((one) => one.number !== pull.number),
      pull,
    ];
    return pull.number;
  });
}
