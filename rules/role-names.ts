import { awsPartition } from "./aws-partition.ts";
import { GITHUB_ISSUER } from "./trust-policy.ts";

export const ROLE_KEYS = ["read-only", "push", "deploy", "drift", "candidate"] as const;
/** What a role is for. */
export type RoleKey = (typeof ROLE_KEYS)[number];
export const BOUNDARY_KEYS = ["workflow", "deploy"] as const;
/** Which roles a permissions boundary is for. */
export type BoundaryKey = (typeof BOUNDARY_KEYS)[number];

/** The IAM path of every role and boundary: what deploys may touch lies below it. */
export const ROLE_PATH = "/slipway/";

const ROLE_NAMES: Readonly<Record<RoleKey, string>> = {
  "read-only": "gha_workflow_s3_and_ecr_read_only",
  push: "gha_workflow_docker_push",
  deploy: "gha_workflow_slipway_deploy",
  drift: "gha_workflow_slipway_drift",
  candidate: "gha_workflow_docker_candidate",
};

/** An AWS account in one of its regions. */
export interface Account {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
}

/** Name that workflows know a role by; unique in an account, whatever the path. */
export function roleName(key: RoleKey): string {
  return ROLE_NAMES[key];
}

/** Name of the managed policy that is the boundary. */
export function boundaryName(key: BoundaryKey): string {
  return `slipway-${key}-boundary`;
}

/** `arn:aws:iam::308535385114:role/slipway/gha_workflow_docker_push` */
export function roleArn(key: RoleKey, account: Account): string {
  return `${iamArn(account)}:role${ROLE_PATH}${roleName(key)}`;
}

/** Every role below the path: `arn:aws:iam::308535385114:role/slipway/*` */
export function anyRoleArn(account: Account): string {
  return `${iamArn(account)}:role${ROLE_PATH}*`;
}

/** Every boundary, as every managed policy below the path: `arn:aws:iam::308535385114:policy/slipway/*` */
export function anyPolicyArn(account: Account): string {
  return `${iamArn(account)}:policy${ROLE_PATH}*`;
}

/** `arn:aws:iam::308535385114:policy/slipway/slipway-workflow-boundary` */
export function boundaryArn(key: BoundaryKey, account: Account): string {
  return `${iamArn(account)}:policy${ROLE_PATH}${boundaryName(key)}`;
}

/** What the ARN of anything in an account's IAM begins with, which knows no region: `arn:aws:iam::308535385114`. */
export function iamArn({ accountId, region }: Account): string {
  return `arn:${awsPartition(region).name}:iam::${accountId}`;
}

/** ARN of an account's OIDC provider for GitHub, of which there is one at most. */
export function githubProviderArn(accountId: string, region: string): string {
  return `${iamArn({ accountId, region })}:oidc-provider/${GITHUB_ISSUER}`;
}
