import { stackConfiguration } from "../../cli/stack-configuration.ts";
import { awsPartition } from "../../rules/aws-partition.ts";
import { boundaries } from "../../rules/boundary.ts";
import type { PolicyDocument } from "../../rules/policy-document.ts";
import { pullPolicy } from "../../rules/repository-policy.ts";
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
  /** Accounts besides its own that pull from its repositories. */
  readonly pullAccounts: readonly string[];
}

/** A stack of this project. */
export async function subjectOf(stack: string): Promise<Subject> {
  const { configuration, catalog } = await stackConfiguration(stack);
  return {
    args: rolesArgs(configuration, catalog.values()),
    repository: trustedRepository(configuration),
    pullAccounts: configuration.pullAccounts,
  };
}

/** The trust documents of all roles. */
export function trustDocuments({ args, repository }: Subject): readonly TrustDocument[] {
  const roles = declaredRoles(args);
  const provider = githubProviderArn(args.account.accountId, args.account.region);
  const setting = {
    environments: ["docker-build", "docker-deploy", "docker-drift", "docker-stage"],
    grants: roles.flatMap(({ grants }) => grants),
  };
  return roles.map(({ roleName, grants }) => {
    const trust = { repository, grants };
    const document = trustPolicy(provider, trust);
    return { name: `trust of ${roleName}`, provider, trust, setting, document };
  });
}

/** The policy of an ECR repository with who may pull through it. */
export interface RepositoryDocument {
  readonly name: string;
  readonly document: PolicyDocument;
  readonly accountIds: readonly string[];
}

/** The policies of the repositories: of those of images, and of those of caches. */
export function repositoryDocuments({
  args,
  pullAccounts,
}: Subject): readonly RepositoryDocument[] {
  const { accountId, region } = args.account;
  const { name: partition } = awsPartition(region);
  return [
    { name: "policy of image repositories", accountIds: [accountId, ...pullAccounts] },
    { name: "policy of cache repositories", accountIds: [accountId] },
  ].map((one) => ({ ...one, document: pullPolicy(partition, one.accountIds) }));
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
