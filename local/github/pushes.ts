import { z } from "zod";
import { unprocessable } from "./github-error.ts";
import type { GitRepositories } from "./git-repositories.ts";
import type { GitRepository } from "./git-repository.ts";
import { repositoryNamed, sameName } from "./lookup.ts";
import type { PullRequest } from "./store-issues.ts";
import { RepositoryFullName } from "./store-names.ts";
import { timestampAfter } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

const STATUSES: Readonly<Record<string, PullRequest["files"][number]["status"]>> = {
  ...{ A: "added", C: "copied", D: "removed", M: "modified", R: "renamed", T: "changed" },
};

/**
 * What GitHub does when a branch has moved: open pull requests from it get its commits, those to it are tried anew, and of a
 * branch that is gone they are closed.
 */
export function noticePush(
  store: Store,
  repositories: GitRepositories,
  { owner, name }: Pick<Repository, "owner" | "name">,
  ref: string,
): void {
  if (!ref.startsWith("refs/heads/")) return;
  const branch = ref.replace("refs/heads/", "");
  const here = `${owner}/${name}`;
  store.change((draft) => {
    for (const repository of draft.repositories) {
      const git = repositories.of(repository);
      if (git === undefined) continue;
      for (const pull of repository.pullRequests.filter(({ state }) => state === "open")) {
        const isHead = sameName(pull.headRepository ?? "", here) && pull.headRef === branch;
        const isBase = sameName(`${repository.owner}/${repository.name}`, here);
        if (!isHead && !(isBase && pull.baseRef === branch)) continue;
        const head = headGit(draft.repositories, repositories, pull);
        if (head === undefined) continue;
        if (head.ref(`refs/heads/${pull.headRef}`) === undefined) {
          pull.updatedAt = timestampAfter(pull.updatedAt);
          Object.assign(pull, { state: "closed", closedAt: pull.updatedAt });
        } else if (isHead) {
          takeHead(git, head, pull);
        } else {
          tryMerge(git, pull);
        }
      }
    }
  });
}

const Pushed = z.strictObject({
  repository: RepositoryFullName,
  /** In full: `refs/heads/main` */
  ref: z.string().startsWith("refs/"),
});

/** What {@link recordPush} takes. */
export type PushedRef = z.input<typeof Pushed>;

/**
 * Git has pushed to the bare repository that has a repository's git data, past the API.
 * @throws GithubError 404 without the repository, 422 when the body does not fit
 */
export function recordPush(store: Store, repositories: GitRepositories, body: unknown): void {
  const parsed = Pushed.safeParse(body);
  if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
  const { repository, ref } = parsed.data;
  noticePush(store, repositories, repositoryNamed(store.state, repository), ref);
}

/** The git data that a pull request's branch is in. */
export function headGit(
  all: Repository[],
  repositories: GitRepositories,
  { headRepository }: Pick<PullRequest, "headRepository">,
): GitRepository | undefined {
  if (headRepository === null) return undefined;
  try {
    return repositories.of(repositoryNamed({ repositories: all }, headRepository));
  } catch {
    return undefined;
  }
}

/** Gives a pull request what its branch has now: `refs/pull/NUMBER/head`, its commits and its files. */
export function takeHead(git: GitRepository, head: GitRepository, pull: PullRequest): void {
  const ref = `refs/pull/${pull.number}/head`;
  git.fetch(head.path, pull.headRef, ref);
  pull.headSha = git.ref(ref) ?? pull.headSha;
  pull.baseSha = git.ref(`refs/heads/${pull.baseRef}`) ?? pull.baseSha;
  pull.files = git.changedFiles(pull.baseSha, pull.headSha).map(({ status, path, before }) => ({
    filename: path,
    status: STATUSES[status] ?? "changed",
    ...(before !== undefined && { previousFilename: before }),
  }));
  pull.changedFiles = pull.files.length;
  pull.updatedAt = timestampAfter(pull.updatedAt);
  tryMerge(git, pull);
}

/** Makes `refs/pull/NUMBER/merge` of what the base and the pull request have now, as GitHub does when nothing conflicts. */
function tryMerge(git: GitRepository, pull: PullRequest): void {
  const ref = `refs/pull/${pull.number}/merge`;
  const base = git.ref(`refs/heads/${pull.baseRef}`);
  const tree = base === undefined ? undefined : git.mergedTree(base, pull.headSha);
  if (base === undefined || tree === undefined) {
    if (git.ref(ref) !== undefined) git.deleteRef(ref);
    pull.mergeCommitSha = null;
    return;
  }
  const github = {
    name: "GitHub",
    email: "noreply@github.com",
    time: Math.floor(Date.now() / 1000),
  };
  pull.mergeCommitSha = git.writeCommit({
    ...{ tree, parents: [base, pull.headSha], author: github, committer: github },
    message: `Merge ${pull.headSha} into ${base}`,
  });
  git.setRef(ref, pull.mergeCommitSha);
}
