import { accessReading, repositoryReading } from "./permissions-drift.ts";
import { PUSH_ACTIONS } from "./permissions-push.ts";
import { allow, logIn, repositoryArns } from "./permissions.ts";
import { type PolicyDocument, policyDocument, type PolicyStatement } from "./policy-document.ts";
import { repositoryPath } from "./registry-place.ts";
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
import { withoutStackTagKeys, withStackTags } from "./stack-tags.ts";
import { FOUNDATION_STACK, stateWriting } from "./state-backend.ts";

/**
 * What pulumi-aws writes of a repository that there is. Repositories are never deleted by a deploy. A lifecycle policy that changes is
 * deleted and made again.
 * @see https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecr/lifecycle_policy.go
 */
const CONFIGURE_ACTIONS = [
  "ecr:DeleteLifecyclePolicy",
  "ecr:PutImageScanningConfiguration",
  "ecr:PutImageTagMutability",
  "ecr:PutLifecyclePolicy",
  "ecr:SetRepositoryPolicy",
] as const;

/**
 * What takes the name of a pin away from an image that has another: to know that it has one, and the one action by which ECR
 * takes names away, which deletes an image by its digest or its last name as well. IAM has no condition that tells these apart.
 * @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
 */
const RELEASE_ACTIONS = ["ecr:BatchDeleteImage", "ecr:DescribeImages"] as const;

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
 * so give nobody what the boundary does not admit; neither itself nor a boundary can it change. Nothing in it follows from the
 * families, so that a deploy can apply one more.
 * Its boundary says so once more: {@link deployDenials}.
 */
export function deployPermissions(args: RolesArgs): PolicyDocument {
  const { account, state, ownsOidcProvider = false } = args;
  return policyDocument([
    logIn,
    ...repositoryWriting(args),
    ...repositoryReading(account, args.repository.owner),
    ...accessReading(account),
    ...roleWriting(account),
    ...(ownsOidcProvider ? oidcProviderManaging(account) : []),
    ...(state ? stateWriting(state, account.region, FOUNDATION_STACK) : []),
  ]);
}

/**
 * Repositories below the owner's name, of which those with the stack's tags are its own: it may make one with the tags, and
 * change and fill one that has them. AWS knows the tags of a repository for every action on one, those of a request for the
 * actions that set tags, and asks for `ecr:TagResource` besides `ecr:CreateRepository` when a repository is made with tags.
 *
 * `ecr:TagResource` asks for the tags on both sides. On a repository without them it is refused, so that none can be claimed,
 * and one that has them keeps them; a request that makes a repository has its tags on both sides, as AWS says. A tag that
 * somebody added may be removed, the stack's own may not.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
 * @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-supported-iam-actions-tagging.html
 */
function repositoryWriting({ account, repository }: RolesArgs): PolicyStatement[] {
  const belowOwner = repositoryArns(account, [repositoryPath(repository.owner, "*")]);
  const owned = withStackTags(repository, "ResourceTag");
  return [
    ...allow(
      "CreateRepositories",
      ["ecr:CreateRepository"],
      belowOwner,
      withStackTags(repository, "RequestTag"),
    ),
    ...allow(
      "TagRepositories",
      ["ecr:TagResource"],
      belowOwner,
      withStackTags(repository, "RequestTag", "ResourceTag"),
    ),
    ...allow("UntagRepositories", ["ecr:UntagResource"], belowOwner, {
      ...owned,
      ...withoutStackTagKeys(repository),
    }),
    ...allow("Repositories", [...CONFIGURE_ACTIONS, ...PUSH_ACTIONS].sort(), belowOwner, owned),
    ...allow("ReleasePins", RELEASE_ACTIONS, belowOwner, owned),
  ];
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
 * boundary, where they hold whatever policy the role comes to have.
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
