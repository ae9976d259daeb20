import type { IamCondition } from "./iam-document.ts";
import { conditionHolds } from "./iam-evaluation.ts";
import { compares, readOperator } from "./iam-operator.ts";
import { hasWildcard, matchesWildcards, patternOf, type RequestContext } from "./iam-pattern.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-document.ts";

/** What a role asks for. */
export interface PermissionRequest {
  /** `s3:GetObject` */
  readonly action: string;
  /** ARN; `*` for an action that knows no resource. */
  readonly resource: string;
  /** Values of condition keys, by key in any case. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
}

/** The documents that decide about a role's requests, none of which speaks of principals. */
export interface RoleDocuments {
  /** Every policy in the role and attached to it. */
  readonly permissions: readonly PolicyDocument[];
  readonly boundary?: PolicyDocument;
}

/** `denied` by a statement that forbids it, `refused` for want of one that allows it. */
export type PermissionDecision = "allowed" | "denied" | "refused";

/**
 * What becomes of a role's request, as far as its own policies decide: an explicit Deny in any of them, else an Allow in a
 * policy and, where there is a boundary, in the boundary as well.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
 */
export function decide(
  { permissions, boundary }: RoleDocuments,
  request: PermissionRequest,
): PermissionDecision {
  const caps = boundary === undefined ? [] : [boundary];
  const speaks = (documents: readonly PolicyDocument[], effect: PolicyStatement["Effect"]) =>
    documents.some(({ Statement }) =>
      Statement.some((statement) => statement.Effect === effect && covers(statement, request)),
    );
  if (speaks([...permissions, ...caps], "Deny")) return "denied";
  const allowed = speaks(permissions, "Allow") && (boundary === undefined || speaks(caps, "Allow"));
  return allowed ? "allowed" : "refused";
}

/** Whether a statement is about a request, and its conditions hold. */
function covers(statement: PolicyStatement, { action, resource, context = {} }: PermissionRequest) {
  return (
    [statement.Action].flat().some((pattern) => includesAction(pattern, action)) &&
    [statement.Resource ?? []].flat().some((pattern) => includesResource(pattern, resource)) &&
    conditionsHold(statement, context)
  );
}

function conditionsHold(
  statement: PolicyStatement,
  context: NonNullable<PermissionRequest["context"]>,
): boolean {
  const values: RequestContext = new Map(
    Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]),
  );
  return conditionsOf(statement).every((condition) => conditionHolds(condition, values, true));
}

function includesAction(pattern: string, action: string): boolean {
  const [wanted, found] = [pattern.toLowerCase(), action.toLowerCase()];
  return hasWildcard(wanted) ? matchesWildcards(wanted, found) : wanted === found;
}

/** No wildcard in an ARN reaches over the colon that ends its part; a lone asterisk is everything. */
function includesResource(pattern: string, resource: string): boolean {
  if (pattern === "*" || resource === "*") return pattern === "*";
  const wanted = patternOf(pattern, new Map());
  return wanted !== undefined && compares("ArnLike", wanted, resource);
}

function conditionsOf({ Condition = {} }: PolicyStatement): IamCondition[] {
  return Object.entries(Condition).flatMap(([written, keys]) => {
    const operator = readOperator(written);
    if ("problem" in operator) throw new Error(operator.problem);
    return Object.entries(keys).map(([key, values]) => ({
      operator,
      key,
      values: [values].flat(),
    }));
  });
}
