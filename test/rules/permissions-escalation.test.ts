// Does not prove that the list is complete: it holds the ways that are known by name.
import assert from "node:assert/strict";
import { decide, type PermissionRequest } from "../../rules/iam-permission-evaluation.ts";
import { ROLE_KEYS } from "../../rules/role-names.ts";
import { ADMINISTRATOR, boundary, documentsOf, iam, OIDC, role } from "./support/roles-example.ts";

const USER = iam("user/somebody");
const ADMIN = iam("role/Administrator");
const withBoundary = (arn: string) => ({ "iam:PermissionsBoundary": arn });

/**
 * Ways from some right to every right.
 * @see https://bishopfox.com/blog/privilege-escalation-in-aws
 * @see https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/
 */
const WAYS: Readonly<Record<string, readonly PermissionRequest[]>> = {
  "CreatePolicyVersion of a boundary": [
    { action: "iam:CreatePolicyVersion", resource: boundary("workflow") },
    { action: "iam:CreatePolicyVersion", resource: boundary("deploy") },
  ],
  "SetDefaultPolicyVersion of a boundary": [
    { action: "iam:SetDefaultPolicyVersion", resource: boundary("workflow") },
    { action: "iam:SetDefaultPolicyVersion", resource: boundary("deploy") },
  ],
  "DeletePolicyVersion and DeletePolicy of a boundary": [
    { action: "iam:DeletePolicyVersion", resource: boundary("workflow") },
    { action: "iam:DeletePolicy", resource: boundary("workflow") },
    { action: "iam:DeletePolicy", resource: boundary("deploy") },
  ],
  "CreatePolicyVersion of somebody's policy": [
    { action: "iam:CreatePolicyVersion", resource: iam("policy/somebodys") },
    { action: "iam:CreatePolicy", resource: iam("policy/slipway/new") },
  ],
  "PassRole to a service": [
    { action: "iam:PassRole", resource: ADMIN },
    { action: "iam:PassRole", resource: role("deploy") },
    { action: "iam:PassRole", resource: role("push") },
    { action: "iam:CreateServiceLinkedRole", resource: iam("role/aws-service-role/x/y") },
    { action: "iam:CreateInstanceProfile", resource: iam("instance-profile/x") },
    { action: "iam:AddRoleToInstanceProfile", resource: iam("instance-profile/x") },
    ...[
      "ec2:RunInstances",
      "lambda:CreateFunction",
      "lambda:UpdateFunctionCode",
      "glue:CreateDevEndpoint",
      "cloudformation:CreateStack",
      "datapipeline:CreatePipeline",
      "sagemaker:CreateNotebookInstance",
      "codebuild:CreateProject",
      "ssm:SendCommand",
    ].map((action) => ({ action, resource: "*" })),
  ],
  "AttachRolePolicy to itself or another role": [
    ...ROLE_KEYS.map((key) => ({
      action: "iam:AttachRolePolicy",
      resource: role(key),
      context: {
        ...withBoundary(boundary("workflow")),
        "iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess",
      },
    })),
    { action: "iam:AttachRolePolicy", resource: ADMIN },
  ],
  "PutRolePolicy of itself or a role outside the path": [
    { action: "iam:PutRolePolicy", resource: role("deploy") },
    {
      action: "iam:PutRolePolicy",
      resource: role("deploy"),
      context: withBoundary(boundary("deploy")),
    },
    {
      action: "iam:PutRolePolicy",
      resource: role("deploy"),
      context: withBoundary(boundary("workflow")),
    },
    { action: "iam:PutRolePolicy", resource: ADMIN },
  ],
  "PutRolePolicy of a role without the boundary": [
    { action: "iam:PutRolePolicy", resource: role("push") },
    {
      action: "iam:PutRolePolicy",
      resource: role("push"),
      context: withBoundary(boundary("deploy")),
    },
  ],
  "UpdateAssumeRolePolicy of itself or a role outside the path": [
    { action: "iam:UpdateAssumeRolePolicy", resource: role("deploy") },
    { action: "iam:UpdateAssumeRolePolicy", resource: ADMIN },
  ],
  "CreateRole without the boundary, or outside the path": [
    { action: "iam:CreateRole", resource: role("push") },
    { action: "iam:CreateRole", resource: role("push"), context: withBoundary(boundary("deploy")) },
    {
      action: "iam:CreateRole",
      resource: iam("role/x"),
      context: withBoundary(boundary("workflow")),
    },
    {
      action: "iam:CreateRole",
      resource: iam("role/slipway/x"),
      context: withBoundary(boundary("workflow")),
    },
    {
      action: "iam:CreateRole",
      resource: role("deploy"),
      context: withBoundary(boundary("workflow")),
    },
  ],
  "DeleteRolePermissionsBoundary of any role": [...ROLE_KEYS.map(role), ADMIN].flatMap(
    (resource) => [
      { action: "iam:DeleteRolePermissionsBoundary", resource },
      {
        action: "iam:DeleteRolePermissionsBoundary",
        resource,
        context: withBoundary(boundary("workflow")),
      },
    ],
  ),
  "PutRolePermissionsBoundary with another boundary, or of itself": [
    { action: "iam:PutRolePermissionsBoundary", resource: role("push") },
    {
      action: "iam:PutRolePermissionsBoundary",
      resource: role("push"),
      context: withBoundary("arn:aws:iam::aws:policy/AdministratorAccess"),
    },
    {
      action: "iam:PutRolePermissionsBoundary",
      resource: role("deploy"),
      context: withBoundary(boundary("workflow")),
    },
  ],
  "DeleteRole, to make it again by other means": ROLE_KEYS.map((key) => ({
    action: "iam:DeleteRole",
    resource: role(key),
  })),
  "a key or a password of a user": [
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:UpdateLoginProfile",
    "iam:DeactivateMFADevice",
    "iam:ResyncMFADevice",
    "iam:CreateServiceSpecificCredential",
    "iam:UploadSSHPublicKey",
  ].map((action) => ({ action, resource: USER })),
  "a policy of a user or a group": [
    { action: "iam:AttachUserPolicy", resource: USER },
    { action: "iam:PutUserPolicy", resource: USER },
    { action: "iam:PutUserPermissionsBoundary", resource: USER },
    { action: "iam:DeleteUserPermissionsBoundary", resource: USER },
    { action: "iam:AttachGroupPolicy", resource: iam("group/somebody") },
    { action: "iam:PutGroupPolicy", resource: iam("group/somebody") },
    { action: "iam:AddUserToGroup", resource: iam("group/somebody") },
  ],
  "an identity provider of one's own": [
    { action: "iam:CreateOpenIDConnectProvider", resource: iam("oidc-provider/example.org") },
    { action: "iam:UpdateOpenIDConnectProviderThumbprint", resource: OIDC },
    { action: "iam:DeleteOpenIDConnectProvider", resource: OIDC },
    { action: "iam:CreateSAMLProvider", resource: iam("saml-provider/x") },
    { action: "iam:UpdateSAMLProvider", resource: iam("saml-provider/x") },
  ],
  "another role's or a user's session": [
    ...[...ROLE_KEYS.map(role), ADMIN].map((resource) => ({ action: "sts:AssumeRole", resource })),
    { action: "sts:GetFederationToken", resource: USER },
    { action: "sts:TagSession", resource: ADMIN },
  ],
  "tags that other policies may look at": [
    { action: "iam:TagRole", resource: role("deploy") },
    { action: "iam:TagRole", resource: ADMIN },
    { action: "iam:TagPolicy", resource: boundary("workflow") },
    { action: "iam:TagUser", resource: USER },
  ],
  "a key's policy or a grant of it": [
    { action: "kms:PutKeyPolicy", resource: "arn:aws:kms:us-east-1:308535385114:key/1" },
    { action: "kms:CreateGrant", resource: "arn:aws:kms:us-east-1:308535385114:key/1" },
  ],
  "a bucket's or a registry's policy": [
    { action: "s3:PutBucketPolicy", resource: "arn:aws:s3:::pytorch-state" },
    { action: "s3:PutBucketAcl", resource: "arn:aws:s3:::pytorch-state" },
    { action: "ecr:PutRegistryPolicy", resource: "*" },
    { action: "ecr:PutReplicationConfiguration", resource: "*" },
  ],
};

describe("ways to more rights", () => {
  for (const [way, requests] of Object.entries(WAYS)) {
    it(`${way}: is open to no role, not even with the policy that allows everything`, () => {
      for (const key of ROLE_KEYS) {
        const documents = documentsOf(key);
        const permissions = [...documents.permissions, ADMINISTRATOR];
        for (const request of requests) {
          const words = `${key}: ${request.action} ${request.resource}`;
          assert.notEqual(decide(documents, request), "allowed", words);
          assert.notEqual(decide({ ...documents, permissions }, request), "allowed", words);
        }
      }
    });
  }

  it("changes of itself, of boundaries and without a boundary are forbidden to the deploy role even where its boundary is widened", () => {
    const { permissions, boundary: cap } = documentsOf("deploy");
    const widened = {
      permissions: [...permissions, ADMINISTRATOR],
      boundary: { ...cap, Statement: [...cap.Statement, ...ADMINISTRATOR.Statement] },
    };
    for (const way of [
      "CreatePolicyVersion of a boundary",
      "SetDefaultPolicyVersion of a boundary",
      "DeletePolicyVersion and DeletePolicy of a boundary",
      "CreateRole without the boundary, or outside the path",
      "DeleteRolePermissionsBoundary of any role",
      "PutRolePermissionsBoundary with another boundary, or of itself",
    ]) {
      for (const request of WAYS[way] ?? []) {
        const outside =
          request.resource.startsWith(iam("role/")) && !request.resource.includes("gha_");
        const isBounded = request.context?.["iam:PermissionsBoundary"] === boundary("workflow");
        // A role of another name with the boundary is no danger; whoever widened the boundary may have meant it.
        if (outside && isBounded && request.action === "iam:CreateRole") continue;
        assert.equal(decide(widened, request), "denied", `${request.action} ${request.resource}`);
      }
    }
    for (const action of [
      "iam:PutRolePolicy",
      "iam:AttachRolePolicy",
      "iam:UpdateAssumeRolePolicy",
      "iam:UpdateRole",
      "iam:DeleteRole",
      "iam:DeleteRolePolicy",
      "iam:DetachRolePolicy",
      "iam:TagRole",
      "iam:UntagRole",
      "iam:PassRole",
    ]) {
      assert.equal(decide(widened, { action, resource: role("deploy") }), "denied", action);
    }
  });
});
