import { matchesWildcards } from "./iam-pattern.ts";
import { AUDIENCE, type Grant, type TrustArgs, type TrustedRepository } from "./trust-policy.ts";
import { jobWords, parseSubject, type Subject, type SubjectJob } from "./trust-subject.ts";
import type { Claims } from "./trust-tokens.ts";

/**
 * The grant that a token is given by, read from the grants themselves: what the policy that is made of them must come to,
 * found on another way than through its conditions. A token must vouch for everything that a grant names, and for the
 * repository's number where that is known.
 * @param presumedId the repository's number, where the trust does not know it
 */
export function grantOf(
  claims: Claims,
  { repository, grants }: TrustArgs,
  presumedId: number,
): Grant | undefined {
  const subject = parseSubject(claims["sub"] ?? "");
  if (subject === undefined || claims["aud"] !== AUDIENCE) return undefined;
  if (!isOf(subject, repository)) return undefined;
  const id = claims["repository_id"];
  const idMayLack = repository.repositoryId === undefined && id === undefined;
  if (!idMayLack && id !== String(presumedId)) return undefined;
  return grants.find(
    (grant) =>
      isFor(subject.job, grant) &&
      (!("environment" in grant) || claims["environment"] === grant.environment) &&
      (grant.jobWorkflowRef === undefined || claims["job_workflow_ref"] === grant.jobWorkflowRef),
  );
}

function isOf({ owner, name, ids }: Subject, repository: TrustedRepository): boolean {
  const { subjectForm, ownerId, repositoryId } = repository;
  if (owner !== repository.owner || name !== repository.name) return false;
  if (ids === undefined) return subjectForm !== "immutable";
  const same = ids.owner === String(ownerId) && ids.repository === String(repositoryId);
  return subjectForm !== "name" && same;
}

function isFor(job: SubjectJob, grant: Grant): boolean {
  switch (job.kind) {
    case "environment":
      return "environment" in grant && grant.environment === job.name;
    case "branch":
      return "branch" in grant && grant.branch === job.name;
    case "tag":
      return "tag" in grant && matchesWildcards(grant.tag, job.name);
    case "pull request":
      return false;
  }
}

/** The jobs that a grant names; of a tag's pattern, an example. */
export function jobOf(grant: Grant): Exclude<SubjectJob, { kind: "pull request" }> {
  if ("environment" in grant) return { kind: "environment", name: grant.environment };
  if ("branch" in grant) return { kind: "branch", name: grant.branch };
  return { kind: "tag", name: grant.tag.replaceAll(/[*?]/g, "1") };
}

/** A grant in words: `branch main, workflow docker-cache.yml`. */
export function grantWords(grant: Grant): string {
  const job = "tag" in grant ? `tag ${grant.tag}` : jobWords(jobOf(grant));
  const file = grant.jobWorkflowRef?.split("@")[0]?.split("/").at(-1);
  return file === undefined ? job : `${job}, workflow ${file}`;
}
