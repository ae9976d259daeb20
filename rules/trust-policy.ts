import { type PolicyDocument, policyDocument, type PolicyStatement } from "./policy-document.ts";
import { type Problem, ProblemsError } from "./problems.ts";
import { type SubjectJob, subjectText } from "./trust-subject.ts";

/** Issuer of GitHub's tokens, without scheme: the name of the OIDC provider and the prefix of its condition keys. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";
/** The audience that `aws-actions/configure-aws-credentials` asks for. */
export const AUDIENCE = "sts.amazonaws.com";

/**
 * How GitHub writes a repository in the subject of its tokens: by names (`repo:pytorch/pytorch:`) or with the ids that
 * survive a rename (`repo:pytorch@21003710/pytorch@65600975:`). `both` is for the time of a move.
 * @see https://docs.github.com/en/actions/reference/security/oidc
 */
export type SubjectForm = "name" | "immutable" | "both";

/** The repository whose workflows are trusted. */
export interface TrustedRepository {
  /** In the case GitHub shows it in: subjects are compared case by case. */
  readonly owner: string;
  readonly name: string;
  readonly ownerId?: number;
  readonly repositoryId?: number;
  readonly subjectForm: SubjectForm;
}

/** Which jobs of the repository: those of an environment, a branch or a tag, optionally of one workflow file only. */
export type Grant = (
  | { readonly environment: string }
  | { readonly branch: string }
  /** May hold `*` after a literal beginning; then it is matched as a pattern in which `*` also crosses `/`. */
  | { readonly tag: string }
) & {
  /** `OWNER/REPOSITORY/.github/workflows/FILE@REF`, where the job's code comes from. */
  readonly jobWorkflowRef?: string;
};

export interface TrustArgs {
  readonly repository: TrustedRepository;
  readonly grants: readonly Grant[];
}

const WORKFLOW_REF =
  /^[\w.-]+\/[\w.-]+\/\.github\/workflows\/[\w.-]+\.ya?ml@(?:refs\/(?:heads|tags)\/\S+|[0-9a-f]{40})$/;
/** Of owners and repositories; nothing in it has a meaning in a policy. */
const NAME = /^[A-Za-z0-9_.-]+$/;
/** Wildcards of IAM's StringLike, and the beginning of its policy variables. */
const IAM_SYNTAX = /[*?]|\$\{/;

/**
 * The trust policy of a role for GitHub workflows: one statement a grant, each with the exact audience and subject, and
 * with `repository_id` where it is known, so that a name that changed hands is worth nothing.
 * @param providerArn ARN of the account's OIDC provider for GitHub.
 * @throws ProblemsError naming every grant that is empty, wide or malformed.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export function trustPolicy(
  providerArn: string,
  { repository, grants }: TrustArgs,
): PolicyDocument {
  const problems = trustProblems({ repository, grants });
  if (problems.length > 0) throw new ProblemsError("trust policy", problems);
  return policyDocument(grants.map((grant) => statement(providerArn, repository, grant)));
}

/** Every fault of a trust, before it is known which provider it is for. */
export function trustProblems({ repository, grants }: TrustArgs): Problem[] {
  const problems: Problem[] = [];
  if (grants.length === 0) {
    problems.push({
      path: "grants",
      message: "empty: a role that nobody may assume; add e.g. { environment: docker-build }",
    });
  }
  for (const key of ["owner", "name"] as const) {
    if (NAME.test(repository[key])) continue;
    problems.push({
      path: `repository.${key}`,
      message: `${JSON.stringify(repository[key])} is no name on GitHub; write it as GitHub does, without the other's part`,
    });
  }
  if (repository.subjectForm !== "name") {
    for (const key of ["ownerId", "repositoryId"] as const) {
      if (repository[key] !== undefined) continue;
      problems.push({
        path: `repository.${key}`,
        message: `missing, but the subject form ${repository.subjectForm} is made of it; gh api repos/${repository.owner}/${repository.name} --jq '.owner.id, .id' prints both`,
      });
    }
  }
  grants.forEach((grant, index) => problems.push(...grantProblems(grant, `grants[${index}]`)));
  return problems;
}

/** What is wrong with a role's longest session, in seconds; undefined when nothing is. */
export function sessionProblem(seconds: number): string | undefined {
  if (Number.isInteger(seconds) && seconds >= 3600 && seconds <= 43200) return undefined;
  return `${seconds} is not a session length; write whole seconds from 3600 to 43200`;
}

function grantProblems(grant: Grant, path: string): Problem[] {
  const problems: Problem[] = [];
  const add = (key: string, message: string) => problems.push({ path: `${path}.${key}`, message });
  const { kind, value } = kindOf(grant);
  if (value === "") add(kind, "empty; name one");
  if (kind !== "environment" && value.startsWith("refs/")) {
    add(kind, `${JSON.stringify(value)} is a ref in full; write the ${kind} without refs/`);
  }
  if (kind === "tag" ? /^[*?]|\$\{/.test(value) : IAM_SYNTAX.test(value)) {
    add(
      kind,
      kind === "tag"
        ? `${JSON.stringify(value)} admits tags of any name; begin with what they have in common, e.g. v*`
        : `${JSON.stringify(value)} holds a wildcard or a variable; name one ${kind} exactly`,
    );
  }
  const { jobWorkflowRef } = grant;
  if (
    jobWorkflowRef !== undefined &&
    (!WORKFLOW_REF.test(jobWorkflowRef) || IAM_SYNTAX.test(jobWorkflowRef))
  ) {
    add(
      "jobWorkflowRef",
      `${JSON.stringify(jobWorkflowRef)} is not OWNER/REPOSITORY/.github/workflows/FILE.yml@REF with a ref in full, e.g. @refs/heads/main`,
    );
  }
  return problems;
}

function statement(
  providerArn: string,
  repository: TrustedRepository,
  grant: Grant,
): PolicyStatement {
  const { kind, value } = kindOf(grant);
  const sub = {
    [`${GITHUB_ISSUER}:sub`]: subjectsOf(repository, { kind, name: value }),
  };
  const pattern = kind === "tag" && IAM_SYNTAX.test(value);
  const claims = {
    ...(repository.repositoryId !== undefined && {
      repository_id: String(repository.repositoryId),
    }),
    ...(kind === "environment" && { environment: value }),
    ...(grant.jobWorkflowRef !== undefined && { job_workflow_ref: grant.jobWorkflowRef }),
  };
  return {
    Effect: "Allow",
    Principal: { Federated: providerArn },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: {
        [`${GITHUB_ISSUER}:aud`]: AUDIENCE,
        ...(!pattern && sub),
        ...Object.fromEntries(
          Object.entries(claims).map(([claim, text]) => [`${GITHUB_ISSUER}:${claim}`, text]),
        ),
      },
      ...(pattern && { StringLike: sub }),
    },
  };
}

function kindOf(grant: Grant): { kind: "environment" | "branch" | "tag"; value: string } {
  if ("environment" in grant) return { kind: "environment", value: grant.environment };
  if ("branch" in grant) return { kind: "branch", value: grant.branch };
  return { kind: "tag", value: grant.tag };
}

function subjectsOf(repository: TrustedRepository, job: SubjectJob): string | string[] {
  const { owner, name, ownerId, repositoryId, subjectForm } = repository;
  const ids = { owner: String(ownerId), repository: String(repositoryId) };
  const byName = subjectText({ owner, name, job });
  const byId = subjectText({ owner, name, ids, job });
  switch (subjectForm) {
    case "name":
      return byName;
    case "immutable":
      return byId;
    case "both":
      return [byName, byId];
  }
}
