import { cacheRepository, candidateRepository } from "./build-cache.ts";
import { MAIN_BRANCH } from "./names.ts";
import { candidatePermissions } from "./permissions-candidate.ts";
import { deployPermissions } from "./permissions-deploy.ts";
import { driftPermissions } from "./permissions-drift.ts";
import { pushPermissions } from "./permissions-push.ts";
import { readOnlyPermissions } from "./permissions.ts";
import type { PolicyDocument } from "./policy-document.ts";
import {
  CANDIDATE_ENVIRONMENT,
  DEPLOY_ENVIRONMENT,
  DRIFT_ENVIRONMENT,
  PUBLISHING_ENVIRONMENT,
} from "./refs.ts";
import { repositoryPath } from "./registry-place.ts";
import { type BoundaryKey, ROLE_PATH, roleName, type RoleKey } from "./role-names.ts";
import type { StateBackend } from "./state-backend.ts";
import type { Grant, TrustedRepository } from "./trust-policy.ts";

/** What the roles of a stack follow from. */
export interface RolesArgs {
  readonly repository: Pick<TrustedRepository, "owner" | "name">;
  readonly account: { readonly accountId: string; readonly region: string };
  /**
   * Every repository of images and of caches of the stack on ECR: `pytorch/ci-image`, `pytorch/ci-image-cache`. Those of
   * candidates follow from these.
   */
  readonly ecrRepositories: readonly string[];
  /** What the read-only role reads: `bucket`, or `bucket/prefix`. */
  readonly buckets: readonly string[];
  /** Where Pulumi keeps the stacks; absent where that is not on S3. */
  readonly state?: StateBackend;
  /** Whether the stack made the account's OIDC provider for GitHub, so that `up` may have to repair it. */
  readonly ownsOidcProvider?: boolean;
}

/** A role that workflows assume, as the program declares it. */
export interface DeclaredRole {
  readonly key: RoleKey;
  /** The name that workflows know it by. */
  readonly roleName: string;
  readonly path: typeof ROLE_PATH;
  /** One sentence for whoever finds the role in the account. */
  readonly description: string;
  readonly grants: readonly Grant[];
  /** Longest session, 3600 to 43200. */
  readonly maxSessionSeconds: number;
  readonly permissions: PolicyDocument;
  /** Which of the boundaries it carries. */
  readonly boundary: BoundaryKey;
}

const CACHE_WORKFLOW = "docker-cache.yml";
const DRIFT_WORKFLOW = "drift.yml";
const DEPLOY_WORKFLOW = "up.yml";
const CANDIDATE_WORKFLOW = "candidate.yml";
const HOUR = 3600;

/**
 * Every role of a stack that owns its foundation on AWS. No role is for pull requests: a preview that runs their code with
 * a credential gives every writer what the credential can do.
 */
export function declaredRoles(args: RolesArgs): readonly DeclaredRole[] {
  const { repository, account, ecrRepositories, buckets } = args;
  const fullName = `${repository.owner}/${repository.name}`;
  const caches = new Set(ecrRepositories.map(cacheRepository));
  const images = ecrRepositories.filter((name) => !caches.has(name));
  // A pattern: with a name more for each family, fewer families would fit into a policy.
  const anyCandidate =
    images.length === 0 ? [] : [candidateRepository(repositoryPath(repository.owner, "*"))];
  const shared = { path: ROLE_PATH, boundary: "workflow" } as const;
  return [
    {
      ...shared,
      key: "read-only",
      roleName: roleName("read-only"),
      description: `Pulls images and reads artifacts for workflows of ${fullName}`,
      grants: [onMain(repository, CACHE_WORKFLOW)],
      // As long as a runner may take to fill its image cache.
      maxSessionSeconds: 5 * HOUR,
      permissions: readOnlyPermissions({ ...account, repositories: images, buckets }),
    },
    {
      ...shared,
      key: "push",
      roleName: roleName("push"),
      description: `Publishes the images of ${fullName}`,
      grants: [{ environment: PUBLISHING_ENVIRONMENT }],
      // As long as a job of GitHub's own runners may take.
      maxSessionSeconds: 6 * HOUR,
      permissions: pushPermissions(args, anyCandidate),
    },
    {
      ...shared,
      key: "deploy",
      roleName: roleName("deploy"),
      description: `Applies stack main of ${fullName}`,
      grants: [inEnvironment(DEPLOY_ENVIRONMENT, repository, DEPLOY_WORKFLOW)],
      maxSessionSeconds: HOUR,
      permissions: deployPermissions(args),
      boundary: "deploy",
    },
    {
      ...shared,
      key: "drift",
      roleName: roleName("drift"),
      description: `Looks whether ${fullName} is as stack main declares it`,
      grants: [inEnvironment(DRIFT_ENVIRONMENT, repository, DRIFT_WORKFLOW)],
      maxSessionSeconds: HOUR,
      permissions: driftPermissions(args),
    },
    {
      ...shared,
      key: "candidate",
      roleName: roleName("candidate"),
      description: `Pushes images that pull requests of ${fullName} built`,
      grants: [inEnvironment(CANDIDATE_ENVIRONMENT, repository, CANDIDATE_WORKFLOW)],
      maxSessionSeconds: HOUR,
      permissions: candidatePermissions(args, images.map(candidateRepository)),
    },
  ];
}

/**
 * Jobs of one workflow file of main in an environment. The file is named because GitHub makes an environment that is gone
 * anew for any job that names it, open to everybody.
 */
function inEnvironment(
  environment: string,
  repository: RolesArgs["repository"],
  file: string,
): Grant {
  return { environment, jobWorkflowRef: workflowOfMain(repository, file) };
}

/** Jobs of one workflow file of main, as it is on main. */
function onMain(repository: RolesArgs["repository"], file: string): Grant {
  return { branch: MAIN_BRANCH, jobWorkflowRef: workflowOfMain(repository, file) };
}

function workflowOfMain({ owner, name }: RolesArgs["repository"], file: string): string {
  return `${owner}/${name}/.github/workflows/${file}@refs/heads/${MAIN_BRANCH}`;
}
