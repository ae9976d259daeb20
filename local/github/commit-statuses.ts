import { accountType, simpleUser } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { unprocessable } from "./github-error.ts";
import type { GitRepositories } from "./git-repositories.ts";
import { nodeIdOf } from "./identifiers.ts";
import { parameter, repositoryIn } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { repositoryAnswer } from "./repositories.ts";
import type { CommitStatus } from "./store-checks.ts";
import { timestamp } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

interface StatusRequest {
  readonly state: CommitStatus["state"];
  readonly target_url?: string | null;
  readonly description?: string | null;
  readonly context?: string;
}

/**
 * Statuses of commits, of which the latest of each context counts.
 * @see https://docs.github.com/rest/commits/statuses
 */
export function commitStatusHandlers(
  organization: string,
  store: Store,
  repositories: GitRepositories,
): Handlers {
  return {
    "repos/create-commit-status": (call: Call): Answer => {
      const asked = call.body as StatusRequest;
      const sha = parameter(call, "sha");
      const git = repositories.of(repositoryIn(store.state, call));
      const isThere = git === undefined || git.typeOf(sha) === "commit";
      if (!/^[0-9a-f]{40}$/.test(sha) || !isThere) {
        throw unprocessable(`No commit found for SHA: ${sha}`);
      }
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const now = timestamp();
        const status: CommitStatus = {
          ...{ id: draft.nextId++, sha, state: asked.state, creator: call.caller.login },
          context: asked.context ?? "default",
          targetUrl: asked.target_url ?? null,
          description: asked.description ?? null,
          ...{ createdAt: now, updatedAt: now },
        };
        repository.statuses.push(status);
        const creator = simpleUser(
          ...([call.root, status.creator, accountType(status.creator, organization)] as const),
        );
        return { status: 201, body: { ...statusAnswer(call, repository, status), creator } };
      });
    },
    "repos/get-combined-status-for-ref": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const ref = parameter(call, "ref");
      const sha = repositories.of(repository)?.commitOf(ref) ?? ref;
      const latest = new Map(
        repository.statuses.filter((one) => one.sha === sha).map((one) => [one.context, one]),
      );
      const { items, headers } = pageOf(call, [...latest.values()], PAGES_OF_30);
      const commit = `${call.root}/repos/${repository.owner}/${repository.name}/commits/${sha}`;
      const body = {
        state: combined([...latest.values()].map(({ state }) => state)),
        statuses: items.map((one) => statusAnswer(call, repository, one)),
        ...{ sha, total_count: latest.size, commit_url: commit, url: `${commit}/status` },
        repository: repositoryAnswer(call.root, organization, repository),
      };
      return { status: 200, headers, body };
    },
  };
}

function combined(states: readonly CommitStatus["state"][]): string {
  if (states.some((state) => state === "error" || state === "failure")) return "failure";
  return states.length === 0 || states.includes("pending") ? "pending" : "success";
}

function statusAnswer(
  { root }: Call,
  { owner, name }: Repository,
  { id, sha, state, context, description, targetUrl, createdAt, updatedAt }: CommitStatus,
): object {
  return {
    ...{ id, node_id: nodeIdOf("StatusContext", id), state, context, description },
    ...{ target_url: targetUrl, avatar_url: `${root}/avatars/oa/${id}` },
    url: `${root}/repos/${owner}/${name}/statuses/${sha}`,
    ...{ created_at: createdAt, updated_at: updatedAt },
  };
}
