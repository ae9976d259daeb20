import { jobOf } from "./trust-grants.ts";
import type { Grant, TrustedRepository } from "./trust-policy.ts";
import type { SubjectJob } from "./trust-subject.ts";
import type { Job } from "./trust-tokens.ts";

/** Stand for numbers that a stack does not know. */
const PRESUMED = { ownerId: 1001, repositoryId: 1002 } as const;
/** Numbers of somebody else. */
export const STRANGER = { ownerId: 2001, repositoryId: 2002 } as const;
/** What somebody may have as the name of a neighbour. */
export const SUFFIX = "-evil";
const ANY_WORKFLOW = ".github/workflows/publish.yml";

/** A repository with all that tokens say of it. */
export type Numbered = Pick<Job, "owner" | "name" | "ownerId" | "repositoryId">;

/** The repository's number as the matrix has it: the known one, else a stand-in. */
export function presumedId({ repositoryId = PRESUMED.repositoryId }: TrustedRepository): number {
  return repositoryId;
}

/** A repository with its numbers, known or stood in for. */
export function numbered(repository: TrustedRepository | Numbered): Numbered {
  const { owner, name } = repository;
  const { ownerId = PRESUMED.ownerId, repositoryId = PRESUMED.repositoryId } = repository;
  return { owner, name, ownerId, repositoryId };
}

/** `OWNER/REPOSITORY/.github/workflows/FILE` that a granted job runs. */
export function fileOf({ owner, name }: TrustedRepository, { jobWorkflowRef }: Grant): string {
  return jobWorkflowRef?.split("@")[0] ?? anyFile({ owner, name });
}

/** A workflow file that no grant names. */
export function anyFile({ owner, name }: Pick<TrustedRepository, "owner" | "name">): string {
  return `${owner}/${name}/${ANY_WORKFLOW}`;
}

/** A job of a repository, which runs a workflow file at its own ref. */
export function jobIn(
  repository: TrustedRepository | Numbered,
  job: SubjectJob,
  ref: string,
  file: string,
): Job {
  return { ...numbered(repository), job, ref, jobWorkflowRef: `${file}@${ref}` };
}

/** The job that a grant is for, with everything that it names. */
export function grantedJob(repository: TrustedRepository, grant: Grant): Job {
  const job = jobOf(grant);
  const refs = {
    environment: "refs/heads/main",
    branch: `refs/heads/${job.name}`,
    tag: `refs/tags/${job.name}`,
  };
  const own = jobIn(repository, job, refs[job.kind], fileOf(repository, grant));
  return { ...own, jobWorkflowRef: grant.jobWorkflowRef ?? own.jobWorkflowRef };
}

/** Who is not the repository, but is called alike. */
export function neighboursOf(
  repository: TrustedRepository,
): readonly (readonly [title: string, Numbered])[] {
  const own = numbered(repository);
  const { owner, name } = own;
  const { ownerId, repositoryId } = STRANGER;
  return [
    ["same name, another repository", { ...own, repositoryId }],
    ["same names, another owner and repository", { ...own, ...STRANGER }],
    ["own repository, renamed", { ...own, name: `${name}-renamed` }],
    ["own repository, owner renamed", { ...own, owner: `${owner}-renamed` }],
    ["another repository of the owner", { ...own, name: "another", repositoryId }],
    [`neighbour ${name}${SUFFIX}`, { ...own, name: `${name}${SUFFIX}`, repositoryId }],
    [
      `neighbour ${owner}${SUFFIX}/${name}`,
      { ...own, owner: `${owner}${SUFFIX}`, ownerId, repositoryId },
    ],
    ["another owner", { owner: "another", name, ownerId, repositoryId }],
  ];
}
