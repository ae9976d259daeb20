import type { Caller } from "./callers.ts";
import { GithubError } from "./github-error.ts";
import type { Permissions } from "./store-accounts.ts";

type Level = "read" | "write";
/** Any of these will do; none is needed where there is none. */
type Needed = Readonly<Record<string, Level>>;

const LEVELS = ["read", "write", "admin"];

const ACTIONS = { actions: "read" } as const;
const ADMINISTER = { administration: "write" } as const;
const ISSUES = { issues: "read" } as const;
/** What issues and pull requests have alike. */
const TALK = { issues: "read", pull_requests: "read" } as const;
const WRITE_TALK = { issues: "write", pull_requests: "write" } as const;
const PULLS = { pull_requests: "read" } as const;
const WRITE_PULLS = { pull_requests: "write" } as const;
const CONTENTS = { contents: "read" } as const;
const WRITE_CONTENTS = { contents: "write" } as const;
const MEMBERS = { members: "read" } as const;
/** Metadata, which every installation may read, or nothing at all. */
const NOTHING = {} as const;

/**
 * What an installation's token needs for each operation, as of a private repository. Of git's refs and tags, which are asked of
 * public repositories of others, nothing is needed.
 * @see https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
 */
export const NEEDED: Readonly<Record<string, Needed>> = {
  "apps/get-authenticated": NOTHING,
  "apps/get-repo-installation": NOTHING,
  "apps/create-installation-access-token": NOTHING,
  "apps/revoke-installation-access-token": NOTHING,
  "users/get-by-username": NOTHING,
  "orgs/get": NOTHING,
  "repos/get": NOTHING,
  "git/get-ref": NOTHING,
  "git/get-tag": NOTHING,
  "teams/list": MEMBERS,
  "teams/get-by-name": MEMBERS,
  "oidc/get-oidc-custom-sub-template-for-org": { organization_administration: "read" },
  "oidc/update-oidc-custom-sub-template-for-org": { organization_administration: "write" },
  "actions/get-custom-oidc-sub-claim-for-repo": ACTIONS,
  "actions/set-custom-oidc-sub-claim-for-repo": { actions: "write" },
  "actions/get-artifact": ACTIONS,
  "actions/download-artifact": ACTIONS,
  "actions/get-workflow-run": ACTIONS,
  "actions/list-workflow-run-artifacts": ACTIONS,
  "actions/list-workflow-runs": ACTIONS,
  "repos/get-all-environments": ACTIONS,
  "repos/get-environment": ACTIONS,
  "repos/create-or-update-environment": ADMINISTER,
  "repos/delete-an-environment": ADMINISTER,
  "repos/list-deployment-branch-policies": ACTIONS,
  "repos/get-deployment-branch-policy": ACTIONS,
  "repos/create-deployment-branch-policy": ADMINISTER,
  "repos/update-deployment-branch-policy": ADMINISTER,
  "repos/delete-deployment-branch-policy": ADMINISTER,
  ...readAndWrite("secrets", "secret", "repo"),
  ...readAndWrite("environments", "secret", "environment"),
  ...readAndWrite("actions_variables", "variable", "repo"),
  ...readAndWrite("environments", "variable", "environment"),
  "repos/get-repo-rulesets": NOTHING,
  "repos/get-repo-ruleset": NOTHING,
  "repos/create-repo-ruleset": ADMINISTER,
  "repos/update-repo-ruleset": ADMINISTER,
  "repos/delete-repo-ruleset": ADMINISTER,
  "issues/list-for-repo": ISSUES,
  "issues/create": { issues: "write" },
  "issues/get": TALK,
  "issues/update": WRITE_TALK,
  "issues/list-events": TALK,
  "issues/list-comments": TALK,
  "issues/get-comment": TALK,
  "issues/create-comment": WRITE_TALK,
  "issues/update-comment": WRITE_TALK,
  "issues/delete-comment": WRITE_TALK,
  "pulls/list": PULLS,
  "pulls/get": PULLS,
  "pulls/list-files": PULLS,
  "pulls/create": WRITE_PULLS,
  "pulls/update": WRITE_PULLS,
  "pulls/merge": WRITE_CONTENTS,
  "repos/list-pull-requests-associated-with-commit": PULLS,
  "repos/get-content": CONTENTS,
  "git/create-ref": WRITE_CONTENTS,
  "git/update-ref": WRITE_CONTENTS,
  "git/delete-ref": WRITE_CONTENTS,
  "git/create-blob": WRITE_CONTENTS,
  "git/get-blob": CONTENTS,
  // With workflows in it it takes the permission to write those, too: see git-data.ts.
  "git/create-tree": WRITE_CONTENTS,
  "git/get-tree": CONTENTS,
  "git/create-commit": WRITE_CONTENTS,
  "git/get-commit": CONTENTS,
  "checks/create": { checks: "write" },
  "checks/update": { checks: "write" },
  "checks/list-for-ref": { checks: "read" },
  "repos/create-commit-status": { statuses: "write" },
  "repos/get-combined-status-for-ref": { statuses: "read" },
};

/** Asks who acts, which is nobody that an installation's token stands for. */
const OF_USERS = "users/get-authenticated";

/** The operations on secrets or variables of a repository or an environment. */
function readAndWrite(
  permission: string,
  kind: "secret" | "variable",
  of: "repo" | "environment",
): Readonly<Record<string, Needed>> {
  const writes =
    kind === "secret"
      ? [`create-or-update-${of}-secret`, `delete-${of}-secret`]
      : [`create-${of}-variable`, `update-${of}-variable`, `delete-${of}-variable`];
  const reads = [`list-${of}-${kind}s`, `get-${of}-${kind}`];
  if (kind === "secret") reads.push(`get-${of}-public-key`);
  const all = (names: readonly string[], level: Level) =>
    names.map((name) => [`actions/${name}`, { [permission]: level }] as const);
  return Object.fromEntries<Needed>([...all(reads, "read"), ...all(writes, "write")]);
}

/** @throws GithubError 403 in GitHub's words, where a token was given permissions and not this one */
export function refuseWithoutPermission(operation: string, { permissions }: Caller): void {
  if (permissions === undefined) return;
  const needed = NEEDED[operation];
  if (needed === undefined && operation !== OF_USERS) {
    throw new Error(`No permission is known for ${operation}`);
  }
  const given = Object.entries(needed ?? {});
  const isFree = needed !== undefined && given.length === 0;
  if (isFree || given.some(([name, level]) => allows(permissions, name, level))) return;
  throw new GithubError(403, "Resource not accessible by integration");
}

/** Whether a caller may do so much; whoever has no list of permissions may do everything. */
export function mayDo({ permissions }: Caller, name: string, level: Level): boolean {
  return permissions === undefined || allows(permissions, name, level);
}

function allows(permissions: Permissions, name: string, level: Level): boolean {
  // Workflows write hyphens, apps underscores.
  const given = permissions[name] ?? permissions[name.replaceAll("_", "-")] ?? "nothing";
  return LEVELS.indexOf(given) >= LEVELS.indexOf(level);
}
