import type { IamPolicy, IamStatement } from "./iam-document.ts";
import { ASSUME_BY_TOKEN, evaluate } from "./iam-evaluation.ts";
import { claimOf } from "./trust-bounds.ts";
import { grantWords } from "./trust-grants.ts";
import { grantedJob } from "./trust-jobs.ts";
import { type MatrixRow, type MatrixSetting, tokenMatrix } from "./trust-matrix.ts";
import type { Grant, TrustArgs, TrustedRepository } from "./trust-policy.ts";
import { parseSubject, type Subject } from "./trust-subject.ts";
import { type Claims, contextOf, TOKEN_FORMS, tokenOf } from "./trust-tokens.ts";

/** A row of the truth table whose tokens a role's trust begins or ceases to let in. */
export interface TokenChange {
  readonly change: "begins" | "ceases";
  /** Whose token it is: `own pull request`. */
  readonly token: string;
  /** One of these tokens. */
  readonly claims: Claims;
}

/**
 * The tokens that one of two trust policies of a role lets in and the other does not: those of the truth table of either, judged
 * by both. Of each row and direction one token is told.
 * @param old absent for a role that is new
 * @param now absent for a role that is gone
 * @param setting of both stacks together
 * @param others what the other roles trust, whose tokens are judged where this one's trust cannot be read back
 */
export function tokenChanges(
  old: IamPolicy | undefined,
  now: IamPolicy | undefined,
  setting: MatrixSetting,
  others: readonly TrustArgs[] = [],
): readonly TokenChange[] {
  const own = [old, now].flatMap((policy) => (policy === undefined ? [] : trustsOf(policy)));
  const trusts = own.length > 0 ? own : others;
  const told = new Map<string, TokenChange>();
  for (const trust of trusts) {
    for (const { title, tokens } of [...grantedRows(trust), ...tokenMatrix(trust, setting)]) {
      for (const claims of TOKEN_FORMS.flatMap((form) => tokens(form))) {
        const [before, after] = [passes(old, claims), passes(now, claims)];
        if (before === after) continue;
        const change = after ? "begins" : "ceases";
        const key = `${change} ${title}`;
        if (!told.has(key)) told.set(key, { change, token: title, claims });
      }
    }
  }
  return [...told.values()];
}

/** Every grant's own token: the matrix has one of those that are called alike, as two refs of one workflow file are. */
function grantedRows({ repository, grants }: TrustArgs): readonly MatrixRow[] {
  return grants.map((grant) => ({
    title: `granted: ${grantWords(grant)}`,
    tokens: (form) => [tokenOf(grantedJob(repository, grant), form)],
  }));
}

/** Whether a policy lets a token in, by any of the identity providers that it names. */
export function passes(policy: IamPolicy | undefined, claims: Claims): boolean {
  if (policy === undefined) return false;
  const providers = policy.statements.flatMap(({ principals }) =>
    principals.flatMap(({ kind, value }) =>
      value === "*" ? ["any"] : kind === "Federated" ? [value] : [],
    ),
  );
  const context = contextOf(claims);
  return [...new Set(providers)].some(
    (provider) => evaluate(policy, { provider, action: ASSUME_BY_TOKEN, context }).allowed,
  );
}

/** What a policy trusts, read back from its statements; a repository each. */
export function trustsOf(policy: IamPolicy): readonly TrustArgs[] {
  const trusts = new Map<string, { repository: TrustedRepository; grants: Grant[] }>();
  for (const statement of policy.statements) {
    if (statement.effect === "Deny") continue;
    for (const text of wanted(statement, "sub")) {
      const subject = parseSubject(text);
      if (subject === undefined) continue;
      const repository = repositoryOf(subject, statement);
      const key = JSON.stringify(repository);
      const trust = trusts.get(key) ?? { repository, grants: [] };
      trusts.set(key, trust);
      const grant = grantOf(subject, statement);
      if (grant !== undefined) trust.grants.push(grant);
    }
  }
  return [...trusts.values()];
}

function repositoryOf({ owner, name, ids }: Subject, statement: IamStatement): TrustedRepository {
  const [claimed] = wanted(statement, "repository_id");
  const repositoryId = Number(claimed ?? ids?.repository);
  const ownerId = Number(ids?.owner);
  return {
    owner,
    name,
    ...(Number.isSafeInteger(ownerId) && { ownerId }),
    ...(Number.isSafeInteger(repositoryId) && { repositoryId }),
    subjectForm: ids === undefined ? "name" : "immutable",
  };
}

function grantOf({ job }: Subject, statement: IamStatement): Grant | undefined {
  const [jobWorkflowRef] = wanted(statement, "job_workflow_ref");
  const file = { ...(jobWorkflowRef !== undefined && { jobWorkflowRef }) };
  switch (job.kind) {
    case "environment":
      return { environment: job.name, ...file };
    case "branch":
      return { branch: job.name, ...file };
    case "tag":
      return { tag: job.name, ...file };
    case "pull request":
      return undefined;
  }
}

/** The values that a statement wants a claim to have. */
function wanted({ conditions }: IamStatement, claim: string): readonly string[] {
  return conditions.flatMap((condition) =>
    claimOf(condition) === claim && !condition.operator.negated ? condition.values : [],
  );
}
