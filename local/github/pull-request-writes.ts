import type { Answer, Call, Handlers } from "./api.ts";
import { caller } from "./git-data.ts";
import { GithubError, validationFailed } from "./github-error.ts";
import type { GitRepositories } from "./git-repositories.ts";
import { nextNumber, requireTexts } from "./issues.ts";
import { findByNumber, repositoryIn, repositoryNamed, sameName } from "./lookup.ts";
import { fullPullRequest } from "./pull-request-answer.ts";
import { headGit, noticePush, takeHead } from "./pushes.ts";
import type { PullRequest } from "./store-issues.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Repository, State, Store } from "./store.ts";

/** A body of `pulls/create` and `pulls/update`. */
interface PullRequestRequest {
  readonly title?: string;
  readonly body?: string | null;
  /** `BRANCH` or `OWNER:BRANCH` */
  readonly head?: string;
  readonly base?: string;
  readonly draft?: boolean;
  readonly state?: PullRequest["state"];
}

interface MergeRequest {
  readonly commit_title?: string;
  readonly commit_message?: string;
  readonly sha?: string;
  readonly merge_method?: "merge" | "squash" | "rebase";
}

/**
 * Pull requests by the API, in repositories with git data: opened, changed, closed, and merged with a merge commit or squashed.
 * @see https://docs.github.com/rest/pulls/pulls
 */
export function pullRequestWriteHandlers(
  organization: string,
  store: Store,
  repositories: GitRepositories,
): Handlers {
  const pullIn = (repository: Repository, call: Call) =>
    findByNumber(repository.pullRequests, ({ number }) => number, call, "pull_number");
  return {
    "pulls/create": (call: Call): Answer => {
      const asked = call.body as PullRequestRequest;
      requireTexts({ title: asked.title ?? "", body: asked.body });
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const pull = newPull(draft, repository, asked, call);
        const git = repositories.of(repository);
        const head = headGit(draft.repositories, repositories, pull);
        const isThere = head?.ref(`refs/heads/${pull.headRef}`) !== undefined;
        if (git?.ref(`refs/heads/${pull.baseRef}`) === undefined) {
          throw validationFailed("PullRequest base is invalid");
        }
        if (head === undefined || !isThere) throw validationFailed("PullRequest head is invalid");
        refuseTwin(repository, pull);
        takeHead(git, head, pull);
        if (git.isAncestor(pull.headSha, pull.baseSha)) {
          throw validationFailed(`No commits between ${pull.baseRef} and ${pull.headRef}`);
        }
        repository.pullRequests.push(pull);
        return { status: 201, body: fullPullRequest(call.root, organization, repository, pull) };
      });
    },
    "pulls/update": (call: Call): Answer => {
      const asked = call.body as PullRequestRequest;
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const pull = pullIn(repository, call);
        requireTexts({ title: asked.title ?? pull.title, body: asked.body });
        pull.title = asked.title ?? pull.title;
        pull.body = asked.body === undefined ? pull.body : asked.body;
        pull.updatedAt = timestampAfter(pull.updatedAt);
        if (asked.base !== undefined && asked.base !== pull.baseRef) {
          pull.baseRef = asked.base;
          pull.basesChangedAt.push(pull.updatedAt);
        }
        if (asked.state !== undefined && asked.state !== pull.state) {
          if (asked.state === "open") reopen(repositories, draft, repository, pull);
          pull.state = asked.state;
          pull.closedAt = asked.state === "closed" ? pull.updatedAt : null;
        }
        return { status: 200, body: fullPullRequest(call.root, organization, repository, pull) };
      });
    },
    "pulls/merge": (call: Call): Answer => {
      const asked = (call.body ?? {}) as MergeRequest;
      const repository = repositoryIn(store.state, call);
      const pull = pullIn(repository, call);
      const git = repositories.of(repository);
      const base = git?.ref(`refs/heads/${pull.baseRef}`);
      if (pull.state !== "open" || pull.draft || git === undefined || base === undefined) {
        throw new GithubError(405, "Pull Request is not mergeable");
      }
      if (asked.sha !== undefined && asked.sha !== pull.headSha) {
        throw new GithubError(409, "Head branch was modified. Review and try the merge again.");
      }
      if (asked.merge_method === "rebase") {
        throw new GithubError(405, "Rebase merges are not allowed on this repository.");
      }
      const tree = git.mergedTree(base, pull.headSha);
      if (tree === undefined) throw new GithubError(405, "Pull Request is not mergeable");
      const [by, parents] = [caller(call), [base, pull.headSha]];
      const sha =
        asked.merge_method === "squash"
          ? git.writeCommit({
              ...{ tree, parents: [base], author: by, committer: by },
              message: texts(asked, `${pull.title} (#${pull.number})`, ""),
            })
          : git.writeCommit({
              ...{ tree, parents, author: by, committer: by },
              message: texts(asked, mergeTitle(repository, pull), pull.title),
            });
      git.setRef(`refs/heads/${pull.baseRef}`, sha);
      store.change((draft) => {
        const merged = pullIn(repositoryIn(draft, call), call);
        const now = timestampAfter(merged.updatedAt);
        Object.assign(merged, { state: "closed", mergeCommitSha: sha });
        Object.assign(merged, { mergedAt: now, closedAt: now, updatedAt: now });
      });
      noticePush(store, repositories, repository, `refs/heads/${pull.baseRef}`);
      const body = { sha, merged: true, message: "Pull Request successfully merged" };
      return { status: 200, body };
    },
  };
}

function newPull(
  draft: State,
  repository: Repository,
  { title = "", body = null, head = "", base = "", draft: isDraft = false }: PullRequestRequest,
  call: Call,
): PullRequest {
  const [, owner = repository.owner, headRef = ""] = /^(?:([^:]+):)?(.+)$/.exec(head) ?? [];
  const now = timestamp();
  return {
    ...{ id: draft.nextId++, number: nextNumber(repository), title, body, state: "open" },
    ...{ user: call.caller.login, labels: [], draft: isDraft, headRef, baseRef: base },
    headRepository: headRepositoryOf(draft, repository, owner),
    ...{ headSha: "0".repeat(40), baseSha: "0".repeat(40), mergeCommitSha: null },
    ...{ files: [], changedFiles: 0, closedAt: null, mergedAt: null, basesChangedAt: [] },
    ...{ createdAt: now, updatedAt: now },
  };
}

/** Of the repository itself, or of a fork that has its name. */
function headRepositoryOf(state: State, { owner, name }: Repository, of: string): string | null {
  if (sameName(owner, of)) return `${owner}/${name}`;
  try {
    const fork = repositoryNamed(state, `${of}/${name}`);
    return `${fork.owner}/${fork.name}`;
  } catch {
    return null;
  }
}

/** @throws GithubError 422 where the branch has an open pull request to the same base */
function refuseTwin({ owner, pullRequests }: Repository, pull: PullRequest): void {
  const twin = pullRequests.some(
    (one) =>
      one.number !== pull.number &&
      one.state === "open" &&
      one.headRef === pull.headRef &&
      one.baseRef === pull.baseRef &&
      one.headRepository === pull.headRepository,
  );
  if (!twin) return;
  const from = pull.headRepository?.split("/")[0] ?? owner;
  throw validationFailed(`A pull request already exists for ${from}:${pull.headRef}.`);
}

/** @throws GithubError 422 for one that is merged, whose branch is gone, or that has a successor */
function reopen(
  repositories: GitRepositories,
  draft: State,
  repository: Repository,
  pull: PullRequest,
): void {
  if (pull.mergedAt !== null) {
    throw validationFailed("state cannot be changed. The pull request cannot be reopened.");
  }
  refuseTwin(repository, pull);
  const git = repositories.of(repository);
  const head = headGit(draft.repositories, repositories, pull);
  if (git === undefined || head?.ref(`refs/heads/${pull.headRef}`) === undefined) {
    throw validationFailed(`state cannot be changed. The ${pull.headRef} branch has been deleted.`);
  }
  takeHead(git, head, pull);
}

function mergeTitle(
  { owner }: Repository,
  { number, headRef, headRepository }: PullRequest,
): string {
  return `Merge pull request #${number} from ${headRepository?.split("/")[0] ?? owner}/${headRef}`;
}

function texts({ commit_title, commit_message }: MergeRequest, title: string, message: string) {
  const body = commit_message ?? message;
  return body === "" ? (commit_title ?? title) : `${commit_title ?? title}\n\n${body}`;
}
