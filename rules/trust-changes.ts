import { grantedJob, neighboursOf, STRANGER, SUFFIX } from "./trust-jobs.ts";
import type { MatrixRow } from "./trust-matrix.ts";
import type { Grant, TrustArgs, TrustedRepository } from "./trust-policy.ts";
import type { SubjectJob } from "./trust-subject.ts";
import { type Claims, type TokenForm, tokenOf, without } from "./trust-tokens.ts";

const CLAIMS = ["aud", "sub", "repository_id", "environment", "job_workflow_ref"] as const;
const CHANGED: Readonly<Record<(typeof CLAIMS)[number], string>> = {
  aud: "wrong audience",
  sub: "as granted, but another subject",
  repository_id: "as granted, but another repository_id",
  environment: "as granted, but another environment",
  job_workflow_ref: "as granted, but another workflow file",
};

/** Granted tokens with one claim that differs, or without it; GitHub issues few of these. */
export function changedClaims({ repository, grants }: TrustArgs): readonly MatrixRow[] {
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
