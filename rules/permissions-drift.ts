import { allow, logIn, repositoryArns } from "./permissions.ts";
import { type PolicyDocument, policyDocument, type PolicyStatement } from "./policy-document.ts";
import {
  type Account,
  BOUNDARY_KEYS,
  boundaryArn,
  githubProviderArn,
  ROLE_KEYS,
  roleArn,
} from "./role-names.ts";
import type { RolesArgs } from "./roles.ts";
import { FOUNDATION_STACK, stateReading } from "./state-backend.ts";

/**
 * What pulumi-aws reads of a repository with its two policies and its tags.
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecr/repository.go
 */
export const DESCRIBE_ACTIONS = [
  "ecr:DescribeRepositories",
  "ecr:GetLifecyclePolicy",
  "ecr:GetRepositoryPolicy",
  "ecr:ListTagsForResource",
] as const;

/**
 * What the drift role may do: what a preview of stack main with a refresh reads, and nothing else. `ecr:BatchGetImage` tells
 * where a content name leads.
 */
export function driftPermissions(args: RolesArgs): PolicyDocument {
  const { account, ecrRepositories, state } = args;
  return policyDocument([
    logIn,
    ...allow(
      "Describe",
      [...DESCRIBE_ACTIONS, "ecr:BatchGetImage"],
      repositoryArns(account, ecrRepositories),
    ),
    ...accessReading(account, args.ownsOidcProvider === true),
    ...(state ? stateReading(state, account.region, FOUNDATION_STACK) : []),
  ]);
}

/**
 * What pulumi-aws reads of roles, boundaries and the OIDC provider; tags come with each of them.
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/role.go
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy.go
 */
export function accessReading(account: Account, ownsOidcProvider: boolean): PolicyStatement[] {
  return [
    ...allow(
      "ReadRoles",
      ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      ROLE_KEYS.map((key) => roleArn(key, account)),
    ),
    ...allow(
      "ReadBoundaries",
      ["iam:GetPolicy", "iam:GetPolicyVersion"],
      BOUNDARY_KEYS.map((key) => boundaryArn(key, account)),
    ),
    ...allow(
      "ReadOidcProvider",
      ["iam:GetOpenIDConnectProvider"],
      ownsOidcProvider ? [githubProviderArn(account.accountId, account.region)] : [],
    ),
  ];
}
