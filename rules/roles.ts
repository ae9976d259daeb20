import { awsPartition } from "./aws-partition.ts";
import { MAIN_BRANCH } from "./names.ts";
import { GITHUB_ISSUER, type Grant, type TrustedRepository } from "./trust-policy.ts";

/** A role that workflows assume, as the program declares it. */
export interface DeclaredRole {
  /** The name that workflows know it by. */
  readonly roleName: string;
  readonly grants: readonly Grant[];
  /** Longest session, 3600 to 43200. */
  readonly maxSessionSeconds: number;
}

const CACHE_WORKFLOW = ".github/workflows/docker-cache.yml";

/**
 * The role by which runners fetch images and artifacts: for main's cache workflow alone, which a `workflow_run` starts as
 * the default branch.
 */
export function readOnlyRole({
  owner,
  name,
}: Pick<TrustedRepository, "owner" | "name">): DeclaredRole {
  const jobWorkflowRef = `${owner}/${name}/${CACHE_WORKFLOW}@refs/heads/${MAIN_BRANCH}`;
  return {
    roleName: "gha_workflow_s3_and_ecr_read_only",
    grants: [{ branch: MAIN_BRANCH, jobWorkflowRef }],
    // As long as a runner may take to fill its image cache.
    maxSessionSeconds: 18_000,
  };
}

/** Every role of a stack that owns its foundation on AWS. */
export function declaredRoles(
  repository: Pick<TrustedRepository, "owner" | "name">,
): readonly DeclaredRole[] {
  return [readOnlyRole(repository)];
}

/** ARN of an account's OIDC provider for GitHub, of which there is one at most. */
export function githubProviderArn(accountId: string, region: string): string {
  return `arn:${awsPartition(region).name}:iam::${accountId}:oidc-provider/${GITHUB_ISSUER}`;
}
