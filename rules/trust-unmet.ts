import type { IamCondition, IamPolicy, IamStatement } from "./iam-document.ts";
import { ASSUME_BY_TOKEN, conditionHolds, coversAction } from "./iam-evaluation.ts";
import { hasWildcard } from "./iam-pattern.ts";
import { claimOf, isBinding, isGithubProvider } from "./trust-bounds.ts";
import { GITHUB_ISSUER } from "./trust-policy.ts";
import { CLAIMS_OF_AWS } from "./trust-tokens.ts";

/** A statement by which no token gets in, whoever has it. */
export interface Unmet {
  /** Sid of the statement, or its place. */
  readonly statement: string;
  /** In plain words. */
  readonly why: string;
}

/** Statements for tokens of GitHub with a condition that holds for none of them, which is a mistake as a rule. */
export function unmetStatements(policy: IamPolicy): readonly Unmet[] {
  return policy.statements.filter(isForTokens).flatMap((statement) => {
    const why = whyNobody(statement);
    return why === undefined ? [] : [{ statement: statement.name, why }];
  });
}

/** Whether no token of GitHub gets in by any statement. */
export function admitsNobody(policy: IamPolicy): boolean {
  return policy.statements
    .filter(isForTokens)
    .every((statement) => whyNobody(statement) !== undefined);
}

/** Why a statement holds for no token of GitHub; undefined where that is not certain. */
export function whyNobody({ conditions }: IamStatement): string | undefined {
  for (const condition of conditions) {
    const why = whyNever(condition);
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Whether a policy is about tokens of GitHub: it names the provider, lets in everybody, or asks for a claim. */
export function isAboutGithub({ statements }: IamPolicy): boolean {
  return statements.some(
    ({ principals, conditions }) =>
      principals.some(({ value }) => value === "*" || value.includes(GITHUB_ISSUER)) ||
      conditions.some((condition) => claimOf(condition) !== undefined),
  );
}

function isForTokens(statement: IamStatement): boolean {
  return (
    statement.effect === "Allow" &&
    coversAction(statement, ASSUME_BY_TOKEN) &&
    statement.principals.some(({ value }) => value === "*" || isGithubProvider(value))
  );
}

function whyNever(condition: IamCondition): string | undefined {
  const { operator, values } = condition;
  const claim = claimOf(condition);
  if (claim === undefined) return undefined;
  const isKey = CLAIMS_OF_AWS.some((name) => name === claim);
  if (!isKey && !conditionHolds(condition, new Map(), false)) {
    return `AWS has no condition key for ${claim} of GitHub's tokens, so that ${operator.written} on it never holds`;
  }
  // No claim of GitHub's holds an asterisk or a question mark of its own.
  if (isBinding(condition) && operator.name !== "StringLike" && values.every(hasWildcard)) {
    return `${operator.written} on ${claim} takes the wildcard in ${values.join(", ")} for a plain character, which no token has there; write the whole text, or StringLike`;
  }
  return undefined;
}
