import { grantWords, jobOf } from "./trust-grants.ts";
import type { Grant, TrustArgs, TrustedRepository } from "./trust-policy.ts";
import type { SubjectJob } from "./trust-subject.ts";
import { type Claims, type Job, type TokenForm, tokenOf, without } from "./trust-tokens.ts";

/** Tokens that a trust must tell apart from those it grants, or that it grants. */
export interface MatrixRow {
  /** Whose token it is. */
  readonly title: string;
  /** Several where one situation has several tokens; none where GitHub issues none. */
  readonly tokens: (form: TokenForm) => readonly Claims[];
  /** Why GitHub issues no token. */
  readonly none?: string;
}

/** Stand for numbers that a stack does not know. */
const PRESUMED = { ownerId: 1001, repositoryId: 1002 } as const;
/** Of somebody else. */
const STRANGER = { ownerId: 2001, repositoryId: 2002 } as const;
const ANY_WORKFLOW = ".github/workflows/publish.yml";
/** What somebody may have as the name of a neighbour. */
const SUFFIX = "-evil";

/** The repository's number as the matrix has it: the known one, else a stand-in. */
export function presumedId({ repositoryId = PRESUMED.repositoryId }: TrustedRepository): number {
  return repositoryId;
}

/**
 * Every token of the matrix: those of the repository's own jobs, of repositories and owners with a like name, and each
 * granted token with one claim changed or left out.
 * @param environments the repository's GitHub environments
 */
export function tokenMatrix(
  trust: TrustArgs,
  environments: readonly string[],
): readonly MatrixRow[] {
  return [
    ...trust.grants.map((grant) => ({
      title: `granted: ${grantWords(grant)}`,
      tokens: (form: TokenForm) => [tokenOf(grantedJob(trust.repository, grant), form)],
    })),
    ...ownJobs(trust, environments),
    ...neighbours(trust),
    ...changedClaims(trust),
  ];
}

/** The jobs of the repository, each with the workflow files that grants name. */
function ownJobs(
  { repository, grants }: TrustArgs,
  environments: readonly string[],
): readonly MatrixRow[] {
  const row = (title: string, job: SubjectJob, ref: string): MatrixRow => ({
    title,
    tokens: (form) =>
      grants.map((grant) => tokenOf(jobIn(repository, job, ref, fileOf(repository, grant)), form)),
  });
  const branch = (title: string, name: string) =>
    row(title, { kind: "branch", name }, `refs/heads/${name}`);
  return [
    branch("own main", "main"),
    branch("own release branch", "release/2.10"),
    row(
      "own release candidate's tag",
      { kind: "tag", name: "v2.10.0-rc1" },
      "refs/tags/v2.10.0-rc1",
    ),
    branch("own other branch", "try"),
    row("own pull request", { kind: "pull request" }, "refs/pull/1/merge"),
    {
      title: "pull request of a fork",
      tokens: () => [],
      none: "GitHub issues no token: a fork's pull request has no id-token: write",
    },
    ...[...new Set([...environments, "another"])].map((name) =>
      row(`own environment ${name}`, { kind: "environment", name }, "refs/heads/main"),
    ),
  ];
}

/** Who is not the repository, but is called alike; with what else a granted job has. */
function neighbours({ repository, grants }: TrustArgs): readonly MatrixRow[] {
  return neighboursOf(repository).map(([title, other]) => ({
    title,
    tokens: (form) =>
      grants.map((grant) => {
        const { job, ref } = grantedJob(repository, grant);
        return tokenOf(jobIn(other, job, ref, fileOf(repository, grant)), form);
      }),
  }));
}

type Numbered = Pick<Job, "owner" | "name" | "ownerId" | "repositoryId">;

function neighboursOf(repository: TrustedRepository): readonly (readonly [string, Numbered])[] {
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

const CLAIMS = ["aud", "sub", "repository_id", "environment", "job_workflow_ref"] as const;
const CHANGED: Readonly<Record<(typeof CLAIMS)[number], string>> = {
  aud: "wrong audience",
  sub: "as granted, but another subject",
  repository_id: "as granted, but another repository_id",
  environment: "as granted, but another environment",
  job_workflow_ref: "as granted, but another workflow file",
};

/** Granted tokens with one claim that differs, or without it; GitHub issues few of these. */
function changedClaims({ repository, grants }: TrustArgs): readonly MatrixRow[] {
  return CLAIMS.flatMap((claim): MatrixRow[] => {
    const having = grants.filter((grant) => claim !== "environment" || "environment" in grant);
    if (having.length === 0) return [];
    const change =
      (changed: (claims: Claims, grant: Grant, form: TokenForm) => readonly Claims[]) =>
      (form: TokenForm) =>
        having.flatMap((grant) =>
          changed(tokenOf(grantedJob(repository, grant), form), grant, form),
        );
    return [
      {
        title: CHANGED[claim],
        tokens: change((claims, grant, form) => {
          const subjects = claim === "sub" ? otherSubjects(repository, grant, form) : [];
          const value = claims[claim] ?? "";
          const others = [...subjects, ...othersOf(claim, value), ...likeTexts(value)];
          return others
            .filter((other) => other !== value)
            .map((other) => ({ ...claims, [claim]: other }));
        }),
      },
      {
        title: claim === "aud" ? "missing audience" : `as granted, but no ${claim}`,
        tokens: change((claims) => [without(claims, claim)]),
      },
    ];
  });
}

/** What a claim has in tokens that have little to do with what is granted. */
function othersOf(claim: (typeof CLAIMS)[number], granted: string): readonly string[] {
  switch (claim) {
    case "aud":
      // GitHub's own where a job asks for none.
      return ["https://github.com/another"];
    case "repository_id":
      return [String(STRANGER.repositoryId)];
    case "job_workflow_ref":
      return [
        granted.replace(/[^/]+@/, "another.yml@"),
        "another/another/.github/workflows/publish.yml@refs/heads/main",
      ];
    case "sub":
    case "environment":
      return ["another"];
  }
}

/** What differs from a text by its case, or begins or ends with it. */
function likeTexts(text: string): readonly string[] {
  return [`${text}${SUFFIX}`, `evil-${text}`, text.toUpperCase()];
}

/** Subjects that wildcards in any place of the granted one would let in. */
function otherSubjects(
  repository: TrustedRepository,
  grant: Grant,
  form: TokenForm,
): readonly string[] {
  const granted = grantedJob(repository, grant);
  const jobs: readonly SubjectJob[] = [
    { kind: "pull request" },
    { kind: "branch", name: "try" },
    { kind: "tag", name: "try" },
    { kind: "environment", name: "another" },
  ];
  const { job } = granted;
  const inAnotherCase = {
    ...granted,
    owner: granted.owner.toUpperCase(),
    name: granted.name.toUpperCase(),
    job: "name" in job ? { ...job, name: job.name.toUpperCase() } : job,
  };
  return [
    ...neighboursOf(repository).map(([, other]) => ({ ...granted, ...other })),
    ...jobs.map((other) => ({ ...granted, job: other })),
    inAnotherCase,
    // Numbers that begin alike.
    { ...granted, repositoryId: granted.repositoryId * 10 },
    { ...granted, ownerId: granted.ownerId * 10 },
  ].map((other) => tokenOf(other, form)["sub"] ?? "");
}

function grantedJob(repository: TrustedRepository, grant: Grant): Job {
  const job = jobOf(grant);
  const refs = {
    environment: "refs/heads/main",
    branch: `refs/heads/${job.name}`,
    tag: `refs/tags/${job.name}`,
  };
  const own = jobIn(repository, job, refs[job.kind], fileOf(repository, grant));
  return { ...own, jobWorkflowRef: grant.jobWorkflowRef ?? own.jobWorkflowRef };
}

/** `OWNER/REPOSITORY/.github/workflows/FILE` that a granted job runs. */
function fileOf({ owner, name }: TrustedRepository, { jobWorkflowRef }: Grant): string {
  return jobWorkflowRef?.split("@")[0] ?? `${owner}/${name}/${ANY_WORKFLOW}`;
}

function jobIn(
  repository: TrustedRepository | Numbered,
  job: SubjectJob,
  ref: string,
  file: string,
): Job {
  return { ...numbered(repository), job, ref, jobWorkflowRef: `${file}@${ref}` };
}

function numbered(repository: TrustedRepository | Numbered): Numbered {
  const { owner, name } = repository;
  const { ownerId = PRESUMED.ownerId, repositoryId = PRESUMED.repositoryId } = repository;
  return { owner, name, ownerId, repositoryId };
}
