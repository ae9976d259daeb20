// What roles and boundaries may do, written down once more and apart from the rules.
import type { BoundaryKey, RoleKey } from "../../rules/role-names.ts";
import type { RolesArgs } from "../../rules/roles.ts";

/** Actions on resources; `*` in one of these stands for any characters. */
export interface Right {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** What is asked for, all of it. */
  readonly only?: readonly Only[];
}

/** Values of a condition key, of which the request has one, or `without` which it has others. */
export interface Only {
  readonly key: string;
  readonly values: readonly string[];
  /** The key has several values, and none may be one of these. */
  readonly without?: true;
}

// Groups of rights that several roles have.
export const LOG_IN = {
  actions: ["ecr:GetAuthorizationToken"],
  resources: ["*"],
} satisfies Right;
export const PULL = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
];
export const PUSH = [
  ...PULL,
  "ecr:InitiateLayerUpload",
  "ecr:UploadLayerPart",
  "ecr:CompleteLayerUpload",
  "ecr:PutImage",
];
export const DESCRIBE = [
  "ecr:DescribeRepositories",
  "ecr:ListTagsForResource",
  "ecr:GetLifecyclePolicy",
  "ecr:GetRepositoryPolicy",
];
export const CONFIGURE = [
  "ecr:PutImageTagMutability",
  "ecr:PutImageScanningConfiguration",
  "ecr:PutLifecyclePolicy",
  "ecr:DeleteLifecyclePolicy",
  "ecr:SetRepositoryPolicy",
];
/** What gives a role rights, or takes the limit of them away. */
const BOUNDED = ["iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"];

/** The ARNs that rights are made of. */
function arnsOf({ account: { accountId, region }, state, repository: { owner } }: RolesArgs) {
  const iam = (rest: string) => `arn:aws:iam::${accountId}:${rest}`;
  const folder = [state?.bucket, state?.prefix, ".pulumi"].filter(Boolean).join("/");
  return {
    ecr: (name: string) => `arn:aws:ecr:${region}:${accountId}:repository/${name}`,
    belowOwner: [`arn:aws:ecr:${region}:${accountId}:repository/${owner.toLowerCase()}/*`],
    s3: (place: string) => `arn:aws:s3:::${place}`,
    state: (file: string) => `arn:aws:s3:::${folder}/${file}`,
    anyRole: iam("role/*"),
    rolesBelowPath: iam("role/slipway/*"),
    policiesBelowPath: iam("policy/slipway/*"),
    deploy: iam("role/slipway/gha_workflow_slipway_deploy"),
    others: ["s3_and_ecr_read_only", "docker_push", "slipway_drift", "docker_candidate"].map(
      (name) => iam(`role/slipway/gha_workflow_${name}`),
    ),
    boundary: iam("policy/slipway/slipway-workflow-boundary"),
    oidc: iam("oidc-provider/token.actions.githubusercontent.com"),
  };
}

/** Both tags of a stack. */
function stackTags({ repository: { owner, name } }: RolesArgs, key: string): readonly Only[] {
  return [
    { key: `${key}/managed-by`, values: ["slipway"] },
    { key: `${key}/repository`, values: [`${owner}/${name}`] },
  ];
}

/** What each role may do, and nothing else. */
export function rightsOf(args: RolesArgs): Readonly<Record<RoleKey, readonly Right[]>> {
  const { ecr, s3, others, boundary, oidc, belowOwner } = arnsOf(args);
  const inRequest = stackTags(args, "aws:RequestTag");
  const onResource = stackTags(args, "aws:ResourceTag");
  const repositories = args.ecrRepositories.map(ecr);
  const noCaches = args.ecrRepositories.filter((name) => !name.endsWith("-cache")).map(ecr);
  const folders = args.buckets.map((place) => place.split("/"));
  const when = (condition: boolean, right: Right) => (condition ? [right] : []);
  const reading = refreshing(args);
  return {
    "read-only": [
      LOG_IN,
      { actions: PULL, resources: noCaches },
      ...folders.map(([bucket = "", ...folder]): Right => ({
        actions: ["s3:ListBucket"],
        resources: [s3(bucket)],
        ...(folder.length > 0 && {
          only: [{ key: "s3:prefix", values: [`${folder.join("/")}/*`] }],
        }),
      })),
      { actions: ["s3:GetObject"], resources: args.buckets.map((place) => s3(`${place}/*`)) },
    ],
    push: [
      LOG_IN,
      { actions: PUSH, resources: repositories, only: onResource },
      {
        // To take a candidate, and to give it the name that keeps it.
        actions: [...PULL, "ecr:PutImage"],
        resources: belowOwner.map((arn) => `${arn}-candidate`),
        only: onResource,
      },
      ...writing(args, "release-*"),
    ],
    deploy: [
      LOG_IN,
      { actions: ["ecr:CreateRepository"], resources: belowOwner, only: inRequest },
      {
        actions: ["ecr:TagResource"],
        resources: belowOwner,
        only: [...inRequest, ...onResource],
      },
      {
        actions: ["ecr:UntagResource"],
        resources: belowOwner,
        only: [
          ...onResource,
          { key: "aws:TagKeys", values: ["managed-by", "repository"], without: true },
        ],
      },
      { actions: [...PUSH, ...CONFIGURE], resources: belowOwner, only: onResource },
      {
        actions: ["ecr:BatchDeleteImage", "ecr:DescribeImages"],
        resources: belowOwner,
        only: onResource,
      },
      ...reading,
      {
        actions: BOUNDED,
        resources: others,
        only: [{ key: "iam:PermissionsBoundary", values: [boundary] }],
      },
      {
        actions: [
          "iam:UpdateRole",
          "iam:UpdateRoleDescription",
          "iam:UpdateAssumeRolePolicy",
          "iam:DeleteRolePolicy",
          "iam:DetachRolePolicy",
          "iam:TagRole",
          "iam:UntagRole",
        ],
        resources: others,
      },
      ...when(args.ownsOidcProvider === true, {
        actions: [
          "iam:CreateOpenIDConnectProvider",
          "iam:TagOpenIDConnectProvider",
          "iam:UntagOpenIDConnectProvider",
          "iam:AddClientIDToOpenIDConnectProvider",
          "iam:RemoveClientIDFromOpenIDConnectProvider",
        ],
        resources: [oidc],
      }),
      ...writing(args, "main"),
    ],
    drift: [
      LOG_IN,
      ...reading,
      { actions: ["ecr:DescribeImages"], resources: arnsOf(args).belowOwner },
      ...previewing(args, "main"),
    ],
    candidate: [
      LOG_IN,
      {
        actions: PUSH,
        resources: noCaches.map((arn) => `${arn}-candidate`),
        only: onResource,
      },
    ],
  };
}

/** The most that roles may do which carry a boundary: what they do, on every repository of the owner. */
export function boundaryRights(args: RolesArgs): Readonly<Record<BoundaryKey, readonly Right[]>> {
  const { owner } = args.repository;
  const rights = rightsOf({ ...args, ecrRepositories: [`${owner.toLowerCase()}/*`] });
  return {
    workflow: [...rights["read-only"], ...rights.push, ...rights.drift, ...rights.candidate],
    deploy: rights.deploy,
  };
}

/** A request that a boundary forbids, whatever else a role has. */
export interface Ban {
  readonly actions: RegExp;
  readonly resources: readonly string[];
  /** The one value of a condition key with which it is no ban. */
  readonly unless?: { readonly key: string; readonly value: string };
}

/** What the deploy role can never do: make itself or its limits wider, or a role without the limit. */
export function bansOf(args: RolesArgs): readonly Ban[] {
  const { anyRole, policiesBelowPath, deploy, boundary } = arnsOf(args);
  return [
    {
      actions: /^iam:(?:Add|Attach|Create|Delete|Detach|Pass|Put|Remove|Set|Tag|Untag|Update)[A-Z]/,
      resources: [deploy, policiesBelowPath],
    },
    { actions: /^iam:DeleteRolePermissionsBoundary$/, resources: [anyRole] },
    {
      actions: /^iam:(?:CreateRole|PutRolePermissionsBoundary)$/,
      resources: [anyRole],
      unless: { key: "iam:PermissionsBoundary", value: boundary },
    },
  ];
}

/** What a refresh reads. */
function refreshing(args: RolesArgs): readonly Right[] {
  const { rolesBelowPath, policiesBelowPath, oidc, belowOwner } = arnsOf(args);
  return [
    { actions: [...DESCRIBE, "ecr:BatchGetImage"], resources: belowOwner },
    {
      // Reading what is below the path harms nobody.
      actions: [
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
      ],
      resources: [rolesBelowPath],
    },
    { actions: ["iam:GetPolicy", "iam:GetPolicyVersion"], resources: [policiesBelowPath] },
    ...(args.ownsOidcProvider === true
      ? [{ actions: ["iam:GetOpenIDConnectProvider"], resources: [oidc] }]
      : []),
  ];
}

/** What Pulumi asks of its state to open it. */
function opening(args: RolesArgs, stack: string): readonly Right[] {
  const { state } = args;
  if (state === undefined) return [];
  const { s3 } = arnsOf(args);
  return [
    { actions: ["s3:ListBucket"], resources: [s3(state.bucket)] },
    ...(state.kmsKeyArn === undefined
      ? []
      : [
          {
            actions: ["kms:Decrypt"],
            resources: [state.kmsKeyArn],
            only: [{ key: "kms:EncryptionContext:stack", values: [stack] }],
          },
        ]),
  ];
}

function previewing(args: RolesArgs, stack: string): readonly Right[] {
  if (args.state === undefined) return [];
  const { state } = arnsOf(args);
  const files = filesOf(args, stack);
  return [
    ...opening(args, stack),
    { actions: ["s3:GetObject"], resources: [state("meta.yaml"), ...files.own, files.journal] },
  ];
}

function writing(args: RolesArgs, stack: string): readonly Right[] {
  if (args.state === undefined) return [];
  const { state } = arnsOf(args);
  const { own, journal, lock, records } = filesOf(args, stack);
  return [
    ...opening(args, stack),
    { actions: ["s3:GetObject"], resources: [state("meta.yaml")] },
    { actions: ["s3:GetObject", "s3:PutObject"], resources: [...own, journal, lock] },
    { actions: ["s3:PutObject"], resources: records },
    { actions: ["s3:DeleteObject"], resources: [journal, lock] },
  ];
}

function filesOf(args: RolesArgs, stack: string) {
  const { state } = arnsOf(args);
  return {
    own: [state(`stacks/slipway/${stack}.json*`), state(`stacks/slipway/${stack}.pulumi-tags`)],
    journal: state(`journal/slipway/${stack}/*`),
    lock: state(`locks/organization/slipway/${stack}/*`),
    records: [state(`history/slipway/${stack}/*`), state(`backups/slipway/${stack}/*`)],
  };
}
