import { readFileSync } from "node:fs";
import { boundaries } from "../../../rules/boundary.ts";
import type { PermissionRequest, RoleDocuments } from "../../../rules/iam-permission-evaluation.ts";
import { type BoundaryKey, boundaryArn, roleArn, type RoleKey } from "../../../rules/role-names.ts";
import { declaredRoles, type RolesArgs } from "../../../rules/roles.ts";

/** A stack with everything that roles may have to do with. */
export const EXAMPLE = {
  repository: { owner: "pytorch", name: "pytorch" },
  account: { accountId: "308535385114", region: "us-east-1" },
  ecrRepositories: [
    "pytorch/almalinux-builder",
    "pytorch/almalinux-builder-cache",
    "pytorch/ci-image",
    "pytorch/ci-image-cache",
  ],
  buckets: ["gha-artifacts", "ossci/images", "ossci/logs"],
  state: {
    bucket: "pytorch-state",
    prefix: "slipway",
    kmsKeyArn: "arn:aws:kms:us-east-1:308535385114:key/1234abcd-12ab-34cd-56ef-1234567890ab",
  },
  ownsOidcProvider: true,
} as const satisfies RolesArgs;

/** AWS's own policy that allows everything. */
export const ADMINISTRATOR = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
} as const;

export function documentsOf(key: RoleKey, args: RolesArgs = EXAMPLE): Required<RoleDocuments> {
  const role = declaredRoles(args).find((one) => one.key === key);
  const boundary = boundaries(args).find((one) => one.key === role?.boundary);
  if (role === undefined || boundary === undefined) throw new Error(`no role ${key}`);
  return { permissions: [role.permissions], boundary: boundary.document };
}

/** What AWS says of an action. */
interface AwsAction {
  readonly level: string;
  /** Types of resources. */
  readonly resources: readonly string[];
  /** Condition keys about tags that it knows, without the tag: `aws:ResourceTag`. */
  readonly tags?: readonly string[];
}

/** By `service:Action`. */
export const AWS_ACTIONS: ReadonlyMap<string, AwsAction> = new Map(
  Object.entries(
    (
      JSON.parse(readFileSync(new URL("aws-actions.json", import.meta.url), "utf8")) as {
        readonly actions: Readonly<Record<string, AwsAction>>;
      }
    ).actions,
  ),
);

export const ecr = (name: string, account = "308535385114", region = "us-east-1"): string =>
  `arn:aws:ecr:${region}:${account}:repository/${name}`;
export const s3 = (place: string): string => `arn:aws:s3:::${place}`;
export const iam = (rest: string, account = "308535385114"): string =>
  `arn:aws:iam::${account}:${rest}`;
export const role = (key: RoleKey): string => roleArn(key, EXAMPLE.account);
export const boundary = (key: BoundaryKey): string => boundaryArn(key, EXAMPLE.account);
export const state = (file: string): string => s3(`pytorch-state/slipway/.pulumi/${file}`);
export const OIDC = iam("oidc-provider/token.actions.githubusercontent.com");
export const KEY = EXAMPLE.state.kmsKeyArn;

/** Tags on a repository or in a request for it. */
export const tagged = (
  place: "RequestTag" | "ResourceTag",
  managedBy: string | undefined,
  repository: string | undefined,
): Readonly<Record<string, string>> => ({
  ...(managedBy !== undefined && { [`aws:${place}/managed-by`]: managedBy }),
  ...(repository !== undefined && { [`aws:${place}/repository`]: repository }),
});
export const OWN_RESOURCE = tagged("ResourceTag", "slipway", "pytorch/pytorch");
export const OWN_REQUEST = tagged("RequestTag", "slipway", "pytorch/pytorch");

/** Tags that are not all those of the stack. */
const FOREIGN_TAGS: readonly (readonly [
  managedBy: string | undefined,
  repository: string | undefined,
])[] = [
  ["slipway", undefined],
  [undefined, "pytorch/pytorch"],
  ["slipway", "pytorch/vision"],
  ["slipway", "pytorch/pytorch-evil"],
  ["slipway", "PyTorch/pytorch"],
  ["terraform", "pytorch/pytorch"],
  ["", ""],
];

const bounded = (arn: string) => ({ "iam:PermissionsBoundary": arn });
const CONTEXTS: Readonly<Record<string, readonly PermissionRequest["context"][]>> = {
  ecr: [
    {},
    OWN_RESOURCE,
    OWN_REQUEST,
    { ...OWN_REQUEST, ...OWN_RESOURCE },
    ...FOREIGN_TAGS.flatMap((tags) => [
      tagged("ResourceTag", ...tags),
      tagged("RequestTag", ...tags),
      { ...OWN_REQUEST, ...tagged("ResourceTag", ...tags) },
      { ...tagged("RequestTag", ...tags), ...OWN_RESOURCE },
    ]),
    ...[["cost"], ["managed-by"], ["repository"], ["cost", "repository"]].flatMap((keys) => [
      { "aws:TagKeys": keys },
      { ...OWN_RESOURCE, "aws:TagKeys": keys },
      { ...tagged("ResourceTag", "slipway", "pytorch/vision"), "aws:TagKeys": keys },
    ]),
  ],
  iam: [
    {},
    bounded(boundary("workflow")),
    bounded(boundary("deploy")),
    bounded(iam("policy/slipway-workflow-boundary")),
  ],
  kms: [
    {},
    { "kms:EncryptionContext:stack": "main" },
    { "kms:EncryptionContext:stack": "release-2.10" },
    { "kms:EncryptionContext:stack": "main-evil" },
  ],
  s3: [
    {},
    { "s3:prefix": "" },
    { "s3:prefix": "images/" },
    { "s3:prefix": "images/rocm/x" },
    { "s3:prefix": "images" },
    { "s3:prefix": "images-evil/" },
    { "s3:prefix": "logs/" },
    { "s3:prefix": "slipway/.pulumi/stacks/" },
  ],
  sts: [{}],
};

const stackFiles = (stack: string): readonly string[] => [
  `stacks/slipway/${stack}.json`,
  `stacks/slipway/${stack}.json.bak`,
  `stacks/slipway/${stack}.json.gz`,
  `stacks/slipway/${stack}.pulumi-tags`,
  `history/slipway/${stack}/${stack}-1.history.json`,
  `backups/slipway/${stack}/${stack}.1.json`,
  `locks/organization/slipway/${stack}/1.json`,
  `journal/slipway/${stack}/manifest.json`,
];

/** Resources of each service, own and foreign, neighbours by prefix among them. */
const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  ecr: [
    ...EXAMPLE.ecrRepositories.map((name) => ecr(name)),
    ecr("pytorch/almalinux-builder-candidate"),
    ecr("pytorch/ci-image-candidate"),
    ecr("pytorch/other-candidate"),
    ecr("pytorch-evil/ci-image-candidate"),
    ecr("pytorch/ci-image-evil"),
    ecr("pytorch/ci"),
    ecr("pytorch/other"),
    ecr("pytorch/ci-image/x"),
    ecr("pytorch-evil/ci-image"),
    ecr("ci-image"),
    ecr("pytorch/ci-image", "111122223333"),
    ecr("pytorch/ci-image", "308535385114", "eu-west-1"),
  ],
  iam: [
    ...(["read-only", "push", "deploy", "drift", "candidate"] as const).map(role),
    iam("role/slipway/other"),
    iam("role/gha_workflow_docker_push"),
    iam("role/slipway-evil/gha_workflow_docker_push"),
    iam("role/slipway/gha_workflow_docker_push-evil"),
    iam("role/slipway/gha_workflow_docker_push", "111122223333"),
    iam("role/Administrator"),
    boundary("workflow"),
    boundary("deploy"),
    iam("policy/slipway-workflow-boundary"),
    iam("policy/slipway-evil/slipway-workflow-boundary"),
    "arn:aws:iam::aws:policy/AdministratorAccess",
    iam("user/somebody"),
    iam("user/slipway/somebody"),
    iam("group/somebody"),
    OIDC,
    iam("oidc-provider/token.actions.githubusercontent.com.evil.example"),
    iam("oidc-provider/example.org"),
    iam("saml-provider/example"),
  ],
  kms: [KEY, "arn:aws:kms:us-east-1:308535385114:key/00000000-12ab-34cd-56ef-1234567890ab"],
  s3: [
    s3("gha-artifacts"),
    s3("gha-artifacts-evil"),
    s3("ossci"),
    s3("pytorch-state"),
    s3("pytorch-state-evil"),
    s3("gha-artifacts/a/b"),
    s3("gha-artifacts-evil/a/b"),
    s3("ossci/images/a"),
    s3("ossci/logs/a"),
    s3("ossci/images-evil/a"),
    s3("ossci/a"),
    ...["main", "main-evil", "release-2.10", "release", "other"].flatMap(stackFiles).map(state),
    state("meta.yaml"),
    state("stacks/other/main.json"),
    state("stacks/other/release-2.10.json"),
    s3("pytorch-state/.pulumi/stacks/slipway/main.json"),
    s3("pytorch-state/slipway-evil/.pulumi/stacks/slipway/release-2.10.json"),
  ],
  sts: [role("deploy"), role("push"), iam("role/Administrator"), iam("user/somebody")],
};

/**
 * Every action of a service, on every resource and on none, in every context that makes a difference there; what knows no
 * resource is asked on none only.
 */
export function* requestsOf(service: string): Generator<PermissionRequest> {
  for (const [action, { resources }] of AWS_ACTIONS) {
    if (!action.startsWith(`${service}:`)) continue;
    for (const resource of ["*", ...(resources.length > 0 ? (RESOURCES[service] ?? []) : [])]) {
      // Objects know no prefix.
      const contexts = /^arn:aws:s3:::[^/]+\//.test(resource) ? [{}] : CONTEXTS[service];
      for (const context of contexts ?? []) {
        yield { action, resource, context: context ?? {} };
      }
    }
  }
}
