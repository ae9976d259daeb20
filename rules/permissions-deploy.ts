import { accessReading, DESCRIBE_ACTIONS } from "./permissions-drift.ts";
import { PUSH_ACTIONS } from "./permissions-push.ts";
import { allow, logIn, repositoryArns } from "./permissions.ts";
import { type PolicyDocument, policyDocument, type PolicyStatement } from "./policy-document.ts";
import {
  type Account,
  anyPolicyArn,
  boundaryArn,
  githubProviderArn,
  iamArn,
  ROLE_KEYS,
  roleArn,
} from "./role-names.ts";
import type { RolesArgs } from "./roles.ts";
import { FOUNDATION_STACK, stateWriting } from "./state-backend.ts";

/**
 * What pulumi-aws writes of a repository. Repositories are never deleted by a deploy. A lifecycle policy that changes is
 * deleted and made again.
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecr/lifecycle_policy.go
 */
const CONFIGURE_ACTIONS = [
  "ecr:CreateRepository",
  "ecr:DeleteLifecyclePolicy",
  "ecr:PutImageScanningConfiguration",
  "ecr:PutImageTagMutability",
  "ecr:PutLifecyclePolicy",
  "ecr:SetRepositoryPolicy",
  "ecr:TagResource",
  "ecr:UntagResource",
] as const;

/** Everything that changes something in IAM, by its first word: what AWS adds later is among it. */
const IAM_WRITES = [
  "iam:Add*",
  "iam:Attach*",
  "iam:Create*",
  "iam:Delete*",
  "iam:Detach*",
  "iam:Pass*",
  "iam:Put*",
  "iam:Remove*",
  "iam:Set*",
  "iam:Tag*",
  "iam:Untag*",
  "iam:Update*",
] as const;

/**
 * What the deploy role may do: apply stack main. It may make and change the other roles, each with the workflow boundary, and
 * so give nobody what the boundary does not admit; neither itself nor a boundary can it change.
 * Its boundary says so once more: {@link deployDenials}.
 */
export function deployPermissions(args: RolesArgs): PolicyDocument {
  const { account, ecrRepositories, state, ownsOidcProvider = false } = args;
  return policyDocument([
    logIn,
    ...allow(
      "Repositories",
      [...CONFIGURE_ACTIONS, ...DESCRIBE_ACTIONS, ...PUSH_ACTIONS].sort(),
      repositoryArns(account, ecrRepositories),
    ),
    ...accessReading(account),
    ...roleWriting(account),
    ...(ownsOidcProvider ? oidcProviderManaging(account) : []),
    ...(state ? stateWriting(state, account.region, FOUNDATION_STACK) : []),
  ]);
}

/**
 * What pulumi-aws writes of a role, its one policy and what was added to it by hand. Whatever gives the role rights asks for
 * the boundary; what takes some away, or says who may assume the role, does not, so that a role whose boundary somebody
 * removed can be repaired.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/role_policies_exclusive.go
 */
function roleWriting(account: Account): PolicyStatement[] {
  const others = ROLE_KEYS.filter((key) => key !== "deploy").map((key) => roleArn(key, account));
  return [
    ...allow(
      "BoundedRoles",
      ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
      others,
      { StringEquals: { "iam:PermissionsBoundary": boundaryArn("workflow", account) } },
    ),
    ...allow(
      "Roles",
      [
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      others,
    ),
  ];
}

/** @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/iam/openid_connect_provider.go */
function oidcProviderManaging({ accountId, region }: Account): PolicyStatement[] {
  return allow(
    "OidcProvider",
    [
      "iam:AddClientIDToOpenIDConnectProvider",
      "iam:CreateOpenIDConnectProvider",
      "iam:GetOpenIDConnectProvider",
      "iam:RemoveClientIDFromOpenIDConnectProvider",
      "iam:TagOpenIDConnectProvider",
      "iam:UntagOpenIDConnectProvider",
    ],
    [githubProviderArn(accountId, region)],
  );
}

/**
 * What stays forbidden to the deploy role, whatever somebody attaches to it or adds to its boundary. These statements are in the
 * boundary, where a long list of repositories leaves them room.
 */
export function deployDenials(account: Account): PolicyStatement[] {
  const anyRole = [`${iamArn(account)}:role/*`];
  return [
    {
      Sid: "NeverItselfOrBoundaries",
      Effect: "Deny",
      Action: [...IAM_WRITES],
      Resource: [roleArn("deploy", account), anyPolicyArn(account)],
    },
    {
      Sid: "NeverRemoveBoundaries",
      Effect: "Deny",
      Action: ["iam:DeleteRolePermissionsBoundary"],
      Resource: anyRole,
    },
    {
      Sid: "NeverUnbounded",
      Effect: "Deny",
      Action: ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
      Resource: anyRole,
      // Holds for a request without a boundary, too.
      Condition: {
        StringNotEquals: { "iam:PermissionsBoundary": boundaryArn("workflow", account) },
      },
    },
  ];
}
