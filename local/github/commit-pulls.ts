import type { Answer, Call, Handlers } from "./api.ts";
import { unprocessable } from "./github-error.ts";
import type { GitRepositories } from "./git-repositories.ts";
import type { GitRepository } from "./git-repository.ts";
import { parameter, repositoryIn } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { pullRequestSummary } from "./pull-request-answer.ts";
import type { PullRequest } from "./store-issues.ts";
import type { Store } from "./store.ts";

/**
 * Pull requests of a commit: of one on the default branch the merged one that brought it, of any other all that have it. Without
 * git data only the head and the merge of a pull request are its commits, and a merge is on the default branch.
 * @see https://docs.github.com/rest/commits/commits#list-pull-requests-associated-with-a-commit
 */
export function commitPullHandlers(
  organization: string,
  store: Store,
  repositories: GitRepositories,
): Handlers {
  return {
    "repos/list-pull-requests-associated-with-commit": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const git = repositories.of(repository);
      const sha = parameter(call, "commit_sha");
      const isThere = git === undefined || git.typeOf(sha) === "commit";
      if (!/^[0-9a-f]{40}$/.test(sha) || !isThere) {
        throw unprocessable(`No commit found for SHA: ${sha}`);
      }
      const having = repository.pullRequests.filter((pull) => hasCommit(git, pull, sha));
      const main = git?.ref("refs/heads/main");
      const isOnMain =
        git === undefined || main === undefined
          ? having.some((pull) => isMergeOf(pull, sha))
          : git.isAncestor(sha, main);
      const wanted = having.filter(({ mergedAt, state }) =>
        isOnMain ? mergedAt !== null : mergedAt !== null || state === "open",
      );
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const body = items.map((pull) =>
        pullRequestSummary(call.root, organization, repository, pull),
      );
      return { status: 200, headers, body };
    },
  };
}

function isMergeOf({ mergedAt, mergeCommitSha }: PullRequest, sha: string): boolean {
  return mergedAt !== null && mergeCommitSha === sha;
}

function hasCommit(git: GitRepository | undefined, pull: PullRequest, sha: string): boolean {
  if (pull.headSha === sha || isMergeOf(pull, sha)) return true;
  const isKnown = [pull.baseSha, pull.headSha].every((one) => git?.typeOf(one) === "commit");
  return git !== undefined && isKnown && git.isBetween(sha, pull.baseSha, pull.headSha);
}
