import { candidatePermissions } from "./permissions-candidate.ts";
import { deployDenials, deployPermissions } from "./permissions-deploy.ts";
import { driftPermissions } from "./permissions-drift.ts";
import { pushPermissions } from "./permissions-push.ts";
import { readOnlyPermissions } from "./permissions.ts";
import { type PolicyDocument, policyDocument, type PolicyStatement } from "./policy-document.ts";
import { repositoryPath } from "./registry-place.ts";
import { BOUNDARY_KEYS, type BoundaryKey, boundaryName, ROLE_PATH } from "./role-names.ts";
import type { RolesArgs } from "./roles.ts";

/** A managed policy that caps what roles can do, whatever else is attached to them. */
export interface DeclaredBoundary {
  readonly key: BoundaryKey;
  readonly policyName: string;
  readonly path: typeof ROLE_PATH;
  /** One sentence for whoever finds it in the account. */
  readonly description: string;
  readonly document: PolicyDocument;
}

/**
 * Both boundaries: that of the roles which deploys manage, and that of the deploy role itself. They admit what the roles have, with every
 * repository of the owner in the place of the stack's: a family more or less changes roles, not boundaries.
 */
export function boundaries(args: RolesArgs): readonly DeclaredBoundary[] {
  const { owner, name } = args.repository;
  const every = [repositoryPath(owner, "*")];
  const wide = { ...args, ecrRepositories: every };
  const documents: Readonly<Record<BoundaryKey, PolicyDocument>> = {
    workflow: union({
      ReadOnly: readOnlyPermissions({
        ...wide.account,
        repositories: wide.ecrRepositories,
        buckets: wide.buckets,
      }),
      // What may be pushed to may be pulled from.
      Push: pushPermissions(wide, []),
      Drift: driftPermissions(wide),
      Candidate: candidatePermissions(wide, every),
    }),
    deploy: policyDocument([...deployPermissions(wide).Statement, ...deployDenials(wide.account)]),
  };
  return BOUNDARY_KEYS.map((key) => ({
    key,
    policyName: boundaryName(key),
    path: ROLE_PATH,
    description: `The most that ${key === "deploy" ? "the deploy role" : "workflows' roles"} of ${owner}/${name} can do`,
    document: documents[key],
  }));
}

/** What any of the documents allows, each statement once, named after the role that it is for first. */
function union(documents: Readonly<Record<string, PolicyDocument>>): PolicyDocument {
  const distinct = new Map<string, PolicyStatement>();
  for (const [role, { Statement }] of Object.entries(documents)) {
    for (const { Sid = "", ...statement } of Statement) {
      const text = JSON.stringify(statement);
      if (!distinct.has(text)) distinct.set(text, { Sid: `${role}${Sid}`, ...statement });
    }
  }
  return policyDocument([...distinct.values()]);
}
