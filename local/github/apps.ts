import { randomBytes } from "node:crypto";
import { accountType, AUTHENTICATED_USER, simpleUser } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { type Caller, tokenHash } from "./callers.ts";
import { GithubError, notFound, unprocessable } from "./github-error.ts";
import { nodeIdOf } from "./identifiers.ts";
import { parameter, repositoryIn, repositoryNamed, sameName } from "./lookup.ts";
import { repositoryAnswer } from "./repositories.ts";
import type { App, Permissions } from "./store-accounts.ts";
import type { State, Store } from "./store.ts";

/** An installation's token lives an hour. */
const TOKEN_LIFE = 3_600_000;

/**
 * GitHub Apps that somebody registered, each with one installation, and the tokens of those. What a token may do is
 * in permissions.ts.
 * @see https://docs.github.com/rest/apps/apps
 */
export function appHandlers(organization: string, store: Store): Handlers {
  return {
    "apps/get-authenticated": (call: Call): Answer => ({
      status: 200,
      body: appAnswer(call.root, organization, callingApp(call)),
    }),
    "apps/get-repo-installation": (call: Call): Answer => {
      const app = callingApp(call);
      const { owner } = repositoryIn(store.state, call);
      if (!sameName(owner, app.account)) throw notFound();
      return { status: 200, body: installationAnswer(call.root, organization, app) };
    },
    "apps/create-installation-access-token": (call: Call): Answer => {
      const app = callingApp(call);
      if (parameter(call, "installation_id") !== String(app.installationId)) throw notFound();
      const asked = call.body as { repositories?: string[]; permissions?: Permissions };
      const permissions = grantedOf(app, asked.permissions);
      const repositories = asked.repositories?.map((name) => installedOn(store.state, app, name));
      const token = `ghs_${randomBytes(18).toString("hex")}`;
      const expiresAt = new Date(Date.now() + TOKEN_LIFE).toISOString();
      store.change((draft) => {
        draft.tokens.push({
          ...{ hash: tokenHash(token), login: `${app.slug}[bot]`, permissions, expiresAt },
        });
      });
      return {
        status: 201,
        body: {
          token,
          expires_at: expiresAt.replace(/\.\d+Z$/, "Z"),
          permissions,
          repository_selection: repositories === undefined ? "all" : "selected",
          ...(repositories && {
            repositories: repositories.map((one) => repositoryAnswer(call.root, organization, one)),
          }),
        },
      };
    },
    "apps/revoke-installation-access-token": (call: Call): Answer => {
      const { tokenHash: hash } = call.caller;
      if (hash === undefined) throw new GithubError(401, "Bad credentials");
      store.change((draft) => {
        draft.tokens = draft.tokens.filter((token) => token.hash !== hash);
      });
      return { status: 204 };
    },
  };
}

/**
 * The app of workflows, whose token every job has.
 * @see https://api.github.com/apps/github-actions
 */
const ACTIONS: App = {
  ...{ id: 15_368, clientId: "Iv1.05c79e9ad1f6bdfa", slug: "github-actions", account: "github" },
  ...{ publicKey: "", installationId: 0, permissions: {} },
  ...{ createdAt: "2018-07-30T09:30:17Z", updatedAt: "2024-01-01T00:00:00Z" },
};

/** The app that a token stands for: the emulator's own for that of workflows; undefined for a user's. */
export function appOfCaller(state: State, { login }: Caller): App | undefined {
  if (login === AUTHENTICATED_USER) return ACTIONS;
  return login.endsWith("[bot]") ? appOfSlug(state, login.replace("[bot]", "")) : undefined;
}

/** The registered app of this slug; of one that nobody registered that of workflows. */
export function appOfSlug({ apps }: State, slug: string): App {
  return apps.find((app) => app.slug === slug) ?? ACTIONS;
}

/** @throws GithubError 401 for any other caller */
function callingApp({ caller }: Call): App {
  if (caller.app === undefined) {
    throw new GithubError(401, "A JSON web token could not be decoded");
  }
  return caller.app;
}

/** @throws GithubError 422 when the app was not given what is asked for */
function grantedOf(app: App, asked: Permissions | undefined): Permissions {
  if (asked === undefined) return app.permissions;
  const levels = ["read", "write", "admin"];
  const beyond = Object.entries(asked).some(
    ([name, level]) => levels.indexOf(level) > levels.indexOf(app.permissions[name] ?? "nothing"),
  );
  if (beyond) {
    throw unprocessable("The permissions requested are not granted to this installation.");
  }
  return asked;
}

/** @throws GithubError 422 */
function installedOn(state: State, app: App, name: string) {
  try {
    return repositoryNamed(state, `${app.account}/${name}`);
  } catch {
    throw unprocessable(
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
}

/** An app where the API tells of it, or where another object does. */
export function appAnswer(root: string, organization: string, app: App): object {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeIdOf("Integration", app.id),
    owner: simpleUser(root, app.account, accountType(app.account, organization)),
    name: app.slug,
    description: null,
    external_url: `${root}/apps/${app.slug}`,
    html_url: `${root}/apps/${app.slug}`,
    permissions: app.permissions,
    events: [],
    installations_count: 1,
    created_at: app.createdAt,
    updated_at: app.updatedAt,
  };
}

function installationAnswer(root: string, organization: string, app: App): object {
  const account = simpleUser(root, app.account, accountType(app.account, organization));
  const { id } = account as { id: number };
  return {
    id: app.installationId,
    account,
    repository_selection: "all",
    access_tokens_url: `${root}/app/installations/${app.installationId}/access_tokens`,
    repositories_url: `${root}/installation/repositories`,
    html_url: `${root}/organizations/${app.account}/settings/installations/${app.installationId}`,
    app_id: app.id,
    client_id: app.clientId,
    app_slug: app.slug,
    target_id: id,
    target_type: accountType(app.account, organization),
    permissions: app.permissions,
    events: [],
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
    created_at: app.createdAt,
    updated_at: app.updatedAt,
  };
}
