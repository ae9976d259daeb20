import type { Answer, Call, Handlers } from "./api.ts";
import { GithubError, notFound } from "./github-error.ts";
import { idOf, nodeIdOf } from "./identifiers.ts";
import { parameter, sameName } from "./lookup.ts";
import type { State, Store } from "./store.ts";

export type AccountType = "Organization" | "User" | "Bot";

/** The login of the user whose token the emulator accepts. */
export const AUTHENTICATED_USER = "slipway-local";

/** Users besides; they may read every repository, all of which are public. */
const USERS: readonly string[] = ["alice", "bob"];

/** When every made-up account and repository was made. */
export const CREATED_AT = "2024-01-01T00:00:00Z";

/**
 * Look-up of the organization, of the owners of repositories, of the authenticated user and of {@link USERS}; there are no
 * others.
 * @see https://docs.github.com/rest/orgs/orgs#get-an-organization
 * @see https://docs.github.com/rest/users/users#get-a-user
 */
export function accountHandlers(organization: string, store: Store): Handlers {
  return {
    "orgs/get": (call: Call): Answer => {
      if (!sameName(parameter(call, "org"), organization)) throw notFound();
      const repositories = store.state.repositories.filter(({ owner }) =>
        sameName(owner, organization),
      );
      return {
        status: 200,
        body: organizationAnswer(call.root, organization, repositories.length),
      };
    },
    "users/get-by-username": (call: Call): Answer => {
      const login = [organization, ...users(store.state)].find((known) =>
        sameName(known, parameter(call, "username")),
      );
      if (login === undefined) throw notFound();
      const type = accountType(login, organization);
      return { status: 200, body: publicUser(call.root, login, type) };
    },
    "users/get-authenticated": (call: Call): Answer => {
      const { login } = call.caller;
      const type = accountType(login, organization);
      if (type === "Bot") throw new GithubError(403, "Resource not accessible by integration");
      return { status: 200, body: publicUser(call.root, login, type) };
    },
  };
}

/** The login of the user with this number. */
export function userById(state: State, organization: string, id: number): string | undefined {
  return users(state).find(
    (login) => accountType(login, organization) === "User" && idOf("account", login) === id,
  );
}

function users({ repositories }: State): string[] {
  return [AUTHENTICATED_USER, ...USERS, ...repositories.map(({ owner }) => owner)];
}

export function accountType(login: string, organization: string): AccountType {
  if (login.endsWith("[bot]")) return "Bot";
  return sameName(login, organization) ? "Organization" : "User";
}

/** An account where another object names it: owner of a repository, reviewer of an environment. */
export function simpleUser(root: string, login: string, type: AccountType): object {
  const id = idOf("account", login);
  const url = `${root}/users/${encodeURIComponent(login)}`;
  const page = type === "Bot" ? `apps/${login.replace("[bot]", "")}` : login;
  return {
    login,
    id,
    node_id: nodeIdOf(type, id),
    avatar_url: `${root}/avatars/u/${id}`,
    gravatar_id: "",
    url,
    html_url: `${root}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  };
}

function publicUser(root: string, login: string, type: AccountType): object {
  return {
    ...simpleUser(root, login, type),
    name: login,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
  };
}

/** An organization with everything that GitHub tells of it. */
export function organizationAnswer(root: string, login: string, repositories: number): object {
  const id = idOf("account", login);
  const url = `${root}/orgs/${login}`;
  return {
    login,
    id,
    node_id: nodeIdOf("Organization", id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${root}/avatars/u/${id}`,
    html_url: `${root}/${login}`,
    description: null,
    name: login,
    has_organization_projects: true,
    has_repository_projects: true,
    public_repos: repositories,
    public_gists: 0,
    followers: 0,
    following: 0,
    type: "Organization",
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    archived_at: null,
  };
}
