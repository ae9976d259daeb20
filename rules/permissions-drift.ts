import { allow, logIn, repositoryArns } from "./permissions.ts";
import { type PolicyDocument, policyDocument, type PolicyStatement } from "./policy-document.ts";
import { repositoryPath } from "./registry-place.ts";
import { type Account, anyPolicyArn, anyRoleArn, githubProviderArn } from "./role-names.ts";
import type { RolesArgs } from "./roles.ts";
import { FOUNDATION_STACK, stateReading } from "./state-backend.ts";

/**
 * What pulumi-aws reads of a repository with its two policies and its tags.
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecr/repository.go
 */
const DESCRIBE_ACTIONS = [
  "ecr:DescribeRepositories",
  "ecr:GetLifecyclePolicy",
  "ecr:GetRepositoryPolicy",
  "ecr:ListTagsForResource",
] as const;

/**
 * What the drift role may do: what a preview of stack main with a refresh and the other looks read, and nothing else.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 */
export function driftPermissions(args: RolesArgs): PolicyDocument {
  const { account, repository, state, ownsOidcProvider = false } = args;
  return policyDocument([
    logIn,
    ...repositoryReading(account, repository.owner),
    // What goes within a month is worked out from every image that is there.
    ...allow(
      "ListImages",
      ["ecr:DescribeImages"],
      repositoryArns(account, [repositoryPath(repository.owner, "*")]),
    ),
    ...accessReading(account),
    ...allow(
      "ReadOidcProvider",
      ["iam:GetOpenIDConnectProvider"],
      ownsOidcProvider ? [githubProviderArn(account.accountId, account.region)] : [],
    ),
    ...(state ? stateReading(state, account.region, FOUNDATION_STACK) : []),
  ]);
}

/**
 * What a refresh reads of repositories; `ecr:BatchGetImage` tells where a content name leads. It is everything below the owner's
 * name, so that a family more changes nothing here, and without the stack's tags: a repository whose tags somebody removed is
 * drift to be shown, one that was deleted has none, and one that was just made may not show them yet.
 */
export function repositoryReading(account: Account, owner: string): PolicyStatement[] {
  return allow(
    "ReadRepositories",
    [...DESCRIBE_ACTIONS, "ecr:BatchGetImage"],
    repositoryArns(account, [repositoryPath(owner, "*")]),
  );
}

/**
 * What pulumi-aws reads of roles and boundaries; tags come with each of them. Below the path is nothing that may not be read.
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/role.go
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/policy.go
 */
export function accessReading(account: Account): PolicyStatement[] {
  return [
    ...allow(
      "ReadRoles",
      ["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"],
      [anyRoleArn(account)],
    ),
    ...allow("ReadBoundaries", ["iam:GetPolicy", "iam:GetPolicyVersion"], [anyPolicyArn(account)]),
  ];
}
