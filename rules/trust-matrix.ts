import { changedClaims } from "./trust-changes.ts";
import { grantWords } from "./trust-grants.ts";
import { anyFile, fileOf, grantedJob, jobIn, neighboursOf } from "./trust-jobs.ts";
import type { Grant, TrustArgs } from "./trust-policy.ts";
import type { SubjectJob } from "./trust-subject.ts";
import { type Claims, type TokenForm, tokenOf } from "./trust-tokens.ts";

/** Tokens that a trust must tell apart from those it grants, or that it grants. */
export interface MatrixRow {
  /** Whose token it is. */
  readonly title: string;
  /** Several where one situation has several tokens; none where GitHub issues none. */
  readonly tokens: (form: TokenForm) => readonly Claims[];
  /** Why GitHub issues no token. */
  readonly none?: string;
}

/** What else there is in a repository, besides what one role trusts. */
export interface MatrixSetting {
  /** The repository's GitHub environments. */
  readonly environments: readonly string[];
  /** Of every role of the stack. */
  readonly grants: readonly Grant[];
}

/**
 * Every token of the matrix: those that any role of the stack is for, those of the repository's own jobs, of repositories
 * and owners with a like name, and each granted token with one claim changed or left out.
 */
export function tokenMatrix(trust: TrustArgs, setting: MatrixSetting): readonly MatrixRow[] {
  const { repository } = trust;
  const granted = new Map(setting.grants.map((grant) => [grantWords(grant), grant]));
  return [
    ...[...granted].map(([words, grant]) => ({
      title: `granted: ${words}`,
      tokens: (form: TokenForm) => [tokenOf(grantedJob(repository, grant), form)],
    })),
    ...ownJobs(trust, setting),
    ...neighbours(trust),
    ...changedClaims(trust),
  ];
}

/** The jobs of the repository, each with every workflow file that a grant names, and another. */
function ownJobs(
  { repository }: TrustArgs,
  { environments, grants }: MatrixSetting,
): readonly MatrixRow[] {
  const files = [
    ...new Set([...grants.map((grant) => fileOf(repository, grant)), anyFile(repository)]),
  ];
  const trusted = new Set(
    grants.flatMap((grant) => ("environment" in grant ? [grant.environment] : [])),
  );
  const row = (title: string, job: SubjectJob, ref: string): MatrixRow => ({
    title,
    tokens: (form) => files.map((file) => tokenOf(jobIn(repository, job, ref, file), form)),
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
    {
      title: "pull_request_target, another workflow file",
      // Which of the two subjects GitHub writes, it does not document.
      tokens: (form) =>
        ([{ kind: "pull request" }, { kind: "branch", name: "main" }] as const).map((job) =>
          tokenOf(jobIn(repository, job, "refs/heads/main", anyFile(repository)), form),
        ),
    },
    ...[...new Set([...environments, "another"])].map((name) =>
      row(`own environment ${name}`, { kind: "environment", name }, "refs/heads/main"),
    ),
    // GitHub lets any branch into an environment that nobody declared yet, or no longer.
    ...[...trusted].map((name) =>
      row(
        `own environment ${name}, on another branch`,
        { kind: "environment", name },
        "refs/heads/try",
      ),
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
