import type { IamRequest } from "./iam-evaluation.ts";
import { AUDIENCE, GITHUB_ISSUER, type SubjectForm } from "./trust-policy.ts";
import { type SubjectJob, subjectText } from "./trust-subject.ts";

/** Claims of a token that GitHub issues to a job, by name. */
export type Claims = Readonly<Record<string, string>>;

/** How a token's subject is written. */
export type TokenForm = Exclude<SubjectForm, "both">;
export const TOKEN_FORMS: readonly TokenForm[] = ["name", "immutable"];

/** The job that asks for a token. */
export interface Job {
  readonly owner: string;
  readonly name: string;
  readonly ownerId: number;
  readonly repositoryId: number;
  /** What its subject stands for. */
  readonly job: SubjectJob;
  /** In full; of a pull request `refs/pull/1/merge`. */
  readonly ref: string;
  /** `OWNER/REPOSITORY/.github/workflows/FILE@REF` */
  readonly jobWorkflowRef: string;
}

/**
 * What AWS makes condition keys of, besides `amr`, which GitHub's tokens do not have. A condition on any other claim finds
 * its key missing in every request.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export const CLAIMS_OF_AWS = [
  "aud",
  "sub",
  "actor",
  "actor_id",
  "enterprise_id",
  "environment",
  "job_workflow_ref",
  "ref",
  "repository",
  "repository_id",
  "workflow",
] as const;

/**
 * The token that GitHub issues to a job.
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export function tokenOf(job: Job, form: TokenForm): Claims {
  const { owner, name, ownerId, repositoryId, ref, jobWorkflowRef } = job;
  const ids = { owner: String(ownerId), repository: String(repositoryId) };
  return {
    aud: AUDIENCE,
    sub: subjectText({ owner, name, ...(form === "immutable" && { ids }), job: job.job }),
    actor: "octocat",
    actor_id: "583231",
    repository: `${owner}/${name}`,
    repository_id: ids.repository,
    ref,
    ...(job.job.kind === "environment" && { environment: job.job.name }),
    workflow: "publish",
    job_workflow_ref: jobWorkflowRef,
  };
}

/** A token without one of its claims. */
export function without(claims: Claims, claim: string): Claims {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
}

/** What a request with a token has for conditions. */
export function contextOf(claims: Claims): IamRequest["context"] {
  return Object.fromEntries(
    CLAIMS_OF_AWS.flatMap((name) => {
      const value = claims[name];
      return value === undefined ? [] : [[`${GITHUB_ISSUER}:${name}`, value] as const];
    }),
  );
}
