import { type PolicyDocument, policyDocument } from "./policy-document.ts";
import { logIn } from "./permissions.ts";
import { type BoundaryKey, boundaryName, ROLE_PATH } from "./role-names.ts";
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

/** Both boundaries: that of the roles which deploys manage, and that of the deploy role itself. */
export function boundaries(args: RolesArgs): readonly DeclaredBoundary[] {
  const fullName = `${args.repository.owner}/${args.repository.name}`;
  return (["workflow", "deploy"] as const).map((key) => ({
    key,
    policyName: boundaryName(key),
    path: ROLE_PATH,
    description: `The most that the ${key} roles of ${fullName} can do`,
    document: policyDocument([logIn]),
  }));
}
