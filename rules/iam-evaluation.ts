import type { IamCondition, IamPolicy, IamStatement } from "./iam-document.ts";
import { compares } from "./iam-operator.ts";
import { matchesWildcards, patternOf, type RequestContext } from "./iam-pattern.ts";

/** The action by which a job with a token of GitHub becomes a role. */
export const ASSUME_BY_TOKEN = "sts:AssumeRoleWithWebIdentity";

/** A caller with a token of an identity provider who asks for something. */
export interface IamRequest {
  /** ARN of the provider. */
  readonly provider: string;
  readonly action: string;
  /** By key in any case. */
  readonly context: Readonly<Record<string, string | readonly string[]>>;
}

/** Whether a policy lets a request pass, and why. */
export interface IamAnswer {
  readonly allowed: boolean;
  /** The statement that decided; none where no statement of Allow holds. */
  readonly by?: IamStatement;
  /** Where none of Allow holds: what each of them lacks. */
  readonly lacking: readonly Lack[];
}

/** What keeps one statement from holding for a request. */
export interface Lack {
  readonly statement: IamStatement;
  readonly principal: boolean;
  readonly action: boolean;
  readonly conditions: readonly IamCondition[];
}

/**
 * What a trust policy alone decides: an explicit Deny, else an Allow, else no.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export function evaluate(policy: IamPolicy, request: IamRequest): IamAnswer {
  const context: RequestContext = new Map(
    Object.entries(request.context).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const lacks = policy.statements.map((statement) => lackOf(statement, policy, request, context));
  const holding = lacks.filter(
    ({ principal, action, conditions }) => !principal && !action && conditions.length === 0,
  );
  const denied = holding.find(({ statement }) => statement.effect === "Deny");
  if (denied !== undefined) return { allowed: false, by: denied.statement, lacking: [] };
  const allowed = holding.find(({ statement }) => statement.effect === "Allow");
  if (allowed !== undefined) return { allowed: true, by: allowed.statement, lacking: [] };
  return { allowed: false, lacking: lacks.filter(({ statement }) => statement.effect === "Allow") };
}

function lackOf(
  statement: IamStatement,
  { variables }: IamPolicy,
  { provider, action }: IamRequest,
  context: RequestContext,
): Lack {
  return {
    statement,
    principal: !statement.principals.some(
      // A principal holds no wildcard in a part of it; `*` is everybody.
      ({ kind, value }) =>
        kind === "Federated" ? [provider, "*"].includes(value) : kind === "AWS" && value === "*",
    ),
    action: !coversAction(statement, action),
    conditions: statement.conditions.filter((one) => !conditionHolds(one, context, variables)),
  };
}

/** Whether a statement is about an action; the case of letters means nothing. */
export function coversAction({ actions }: IamStatement, action: string): boolean {
  const named = actions.patterns.some((pattern) =>
    matchesWildcards(pattern.toLowerCase(), action.toLowerCase()),
  );
  return named !== actions.except;
}

/**
 * Whether one condition holds for a request.
 *
 * A key that the request does not have fails every operator but the negated ones, `...IfExists`, `ForAllValues` and
 * `Null: true`. A value that is the empty text counts as none under the set operators.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
export function conditionHolds(
  { operator, key, values }: IamCondition,
  context: RequestContext,
  variables: boolean,
): boolean {
  const { name, set, ifExists, negated } = operator;
  const value = context.get(key.toLowerCase());
  const found = value === undefined ? [] : typeof value === "string" ? [value] : value;
  if (name === "Null") {
    return values.some((one) => one.toLowerCase() === String(found.length === 0));
  }
  if (found.length === 0 && ifExists) return true;
  const patterns = values.map((one) => patternOf(one, variables ? context : undefined));
  // A variable without a value makes the statement invalid.
  if (patterns.includes(undefined)) return false;
  const holdsFor = (text: string): boolean =>
    patterns.some((pattern) => pattern !== undefined && compares(name, pattern, text)) !== negated;
  const filled = found.filter((text) => text !== "");
  if (set === "ForAllValues") return filled.every(holdsFor);
  if (set === "ForAnyValue") return filled.some(holdsFor);
  const [only, ...others] = found;
  if (only === undefined) return negated;
  // AWS asks for a set operator there, and does not say what becomes of a condition without.
  return others.length === 0 && holdsFor(only);
}
