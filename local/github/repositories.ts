import { accountType, CREATED_AT, simpleUser } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { idOf, nodeIdOf } from "./identifiers.ts";
import { generateKeyPair } from "./key-pairs.ts";
import { repositoryIn, sameName } from "./lookup.ts";
import type { Repository, Store } from "./store.ts";

/** A repository that the emulator has; there is no endpoint that makes one. */
export interface RepositoryName {
  /** The organization, if absent. */
  readonly owner?: string;
  readonly name: string;
  /** {@link CREATED_AT}, if absent. Later ones have another OIDC subject: see oidc-subject.ts. */
  readonly createdAt?: string;
}

/**
 * Makes the repositories that the state does not have yet, each with a key pair. One that is no longer named
 * stays, so that what a stack made in it can still be deleted.
 */
export function ensureRepositories(
  store: Store,
  organization: string,
  names: readonly RepositoryName[],
): void {
  for (const { owner = organization, name, createdAt = CREATED_AT } of names) {
    const exists = store.state.repositories.some(
      (repository) => sameName(repository.owner, owner) && sameName(repository.name, name),
    );
    if (exists) continue;
    store.change((draft) => draft.repositories.push(newRepository(owner, name, createdAt)));
  }
}

function newRepository(owner: string, name: string, createdAt: string): Repository {
  return {
    owner,
    name,
    createdAt,
    subject: { useDefault: true },
    rulesets: [],
    environments: [],
    runs: [],
    artifacts: [],
    issues: [],
    pullRequests: [],
    comments: [],
    refs: [],
    tags: [],
    checkRuns: [],
    statuses: [],
    keyPair: generateKeyPair(),
    secrets: [],
    variables: [],
  };
}

/**
 * Look-up of a repository.
 * @see https://docs.github.com/rest/repos/repos#get-a-repository
 */
export function repositoryHandlers(organization: string, store: Store): Handlers {
  return {
    "repos/get": (call: Call): Answer => ({
      status: 200,
      body: repositoryAnswer(call.root, organization, repositoryIn(store.state, call)),
    }),
  };
}

/**
 * The head repository of a run or pull request of `repository`: itself, a fork that nobody has to have put there, or
 * nothing where the fork was deleted.
 */
export function forkAnswer(
  root: string,
  organization: string,
  repository: Repository,
  head: string | null,
): object | null {
  if (head === null) return null;
  if (sameName(head, `${repository.owner}/${repository.name}`)) {
    return repositoryAnswer(root, organization, repository);
  }
  const [owner = "", name = ""] = head.split("/");
  const fork = repositoryAnswer(root, organization, { owner, name, createdAt: CREATED_AT });
  return { ...fork, fork: true };
}

/** Fields `<key>_url` and what follows the repository's own URL in them. */
const LINKS = {
  archive: "/{archive_format}{/ref}",
  assignees: "/assignees{/user}",
  blobs: "/git/blobs{/sha}",
  branches: "/branches{/branch}",
  collaborators: "/collaborators{/collaborator}",
  comments: "/comments{/number}",
  commits: "/commits{/sha}",
  compare: "/compare/{base}...{head}",
  contents: "/contents/{+path}",
  contributors: "/contributors",
  deployments: "/deployments",
  downloads: "/downloads",
  events: "/events",
  forks: "/forks",
  git_commits: "/git/commits{/sha}",
  git_refs: "/git/refs{/sha}",
  git_tags: "/git/tags{/sha}",
  hooks: "/hooks",
  issue_comment: "/issues/comments{/number}",
  issue_events: "/issues/events{/number}",
  issues: "/issues{/number}",
  keys: "/keys{/key_id}",
  labels: "/labels{/name}",
  languages: "/languages",
  merges: "/merges",
  milestones: "/milestones{/number}",
  notifications: "/notifications{?since,all,participating}",
  pulls: "/pulls{/number}",
  releases: "/releases{/id}",
  stargazers: "/stargazers",
  statuses: "/statuses/{sha}",
  subscribers: "/subscribers",
  subscription: "/subscription",
  tags: "/tags",
  teams: "/teams",
  trees: "/git/trees{/sha}",
};

/** A repository where the API tells of it, or where another object does. */
export function repositoryAnswer(
  root: string,
  organization: string,
  repository: Pick<Repository, "owner" | "name" | "createdAt">,
): object {
  const { owner, name, createdAt } = repository;
  const fullName = `${owner}/${name}`;
  const id = idOf("repository", fullName);
  const url = `${root}/repos/${fullName}`;
  const links: Record<string, string> = {};
  for (const [key, rest] of Object.entries(LINKS)) links[`${key}_url`] = `${url}${rest}`;
  const host = new URL(root).host;
  return {
    id,
    node_id: nodeIdOf("Repository", id),
    name,
    full_name: fullName,
    owner: simpleUser(root, owner, accountType(owner, organization)),
    private: false,
    visibility: "public",
    url,
    html_url: `${root}/${fullName}`,
    ...links,
    git_url: `git://${host}/${fullName}.git`,
    ssh_url: `git@${host}:${fullName}.git`,
    clone_url: `${root}/${fullName}.git`,
    svn_url: `${root}/${fullName}`,
    mirror_url: null,
    description: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    default_branch: "main",
    fork: false,
    archived: false,
    disabled: false,
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    size: 0,
    forks: 0,
    forks_count: 0,
    network_count: 0,
    open_issues: 0,
    open_issues_count: 0,
    stargazers_count: 0,
    subscribers_count: 0,
    watchers: 0,
    watchers_count: 0,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
    pushed_at: createdAt,
    created_at: createdAt,
    updated_at: createdAt,
  };
}
