import { stackConfiguration } from "../../cli/stack-configuration.ts";
import { boundaries } from "../../rules/boundary.ts";
import type { PolicyDocument } from "../../rules/policy-document.ts";
import { githubProviderArn } from "../../rules/role-names.ts";
import { rolesArgs } from "../../rules/roles-args.ts";
import { declaredRoles, type RolesArgs } from "../../rules/roles.ts";
import { type TrustedRepository, trustPolicy } from "../../rules/trust-policy.ts";
import { trustedRepository } from "../../rules/trusted-repository.ts";
import type { PermissionDocument } from "./permission-questions.ts";
import { expected } from "./questions.ts";
import { bansOf, boundaryRights, rightsOf } from "./rights.ts";
import type { DeployedTrust } from "./trust-questions.ts";

/** A role's trust document with what it must say. */
export interface TrustDocument extends DeployedTrust {
  readonly name: string;
  readonly document: PolicyDocument;
}

/** What the documents of a stack follow from. */
export interface Subject {
  readonly args: RolesArgs;
  readonly repository: TrustedRepository;
}

/** A stack of this project. */
export async function subjectOf(stack: string): Promise<Subject> {
  const { configuration, catalog } = await stackConfiguration(stack);
  return {
    args: rolesArgs(configuration, catalog.values()),
    repository: trustedRepository(configuration),
  };
}

/** The trust documents of all roles. */
export function trustDocuments({ args, repository }: Subject): readonly TrustDocument[] {
  const roles = declaredRoles(args);
  const provider = githubProviderArn(args.account.accountId, args.account.region);
  const setting = {
    environments: ["docker-build", "docker-deploy", "docker-stage"],
    grants: roles.flatMap(({ grants }) => grants),
  };
  return roles.map(({ roleName, grants }) => {
    const trust = { repository, grants };
    const document = trustPolicy(provider, trust);
    return { name: `trust of ${roleName}`, provider, trust, setting, document };
  });
}

/** The permissions of all roles, and both boundaries. */
export function permissionDocuments({ args }: Subject): readonly PermissionDocument[] {
  const rights = rightsOf(args);
  const most = boundaryRights(args);
  return [
    ...declaredRoles(args).map(({ key, roleName, permissions }) => ({
      name: `permissions of ${roleName}`,
      document: permissions,
      isBoundary: false,
      expected: expected(rights[key]),
    })),
    ...boundaries(args).map(({ key, policyName, document }) => ({
      name: policyName,
      document,
      isBoundary: true,
      expected: expected(most[key], key === "deploy" ? bansOf(args) : []),
    })),
  ];
}
