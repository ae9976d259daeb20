import { matchesWildcards } from "../rules/iam-pattern.ts";
import { type Finding, type PolicyResource, type Value } from "./policy.ts";
import { holdsUnknown, inside, isMap, listed, notKnown } from "./values.ts";

/** One statement of a policy of AWS; what may stand alone or in a list is a list. */
export interface Statement {
  /** Its Sid, else its place: `Statement[0]`. */
  readonly name: string;
  readonly allows: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** `*`, ARNs, accounts and services. */
  readonly principals: readonly string[];
  /** Operator, key and values, as they are written. */
  readonly conditions: Value;
  /** Those of NotAction, NotResource and NotPrincipal that it has. */
  readonly exceptions: readonly string[];
}

/** A document that can be judged, or why it cannot. */
type Read<Document> = { readonly document: Document } | { readonly finding: Finding };

const EXCEPTIONS = ["NotAction", "NotResource", "NotPrincipal"];

/** The JSON document in a property, which may hold it as a text or as it is. */
export function readDocument({ properties }: PolicyResource, key: string): Read<Value> {
  const value = properties[key];
  if (value === undefined || value === null) return { finding: `${key} is missing` };
  if (holdsUnknown(value)) return { finding: notKnown(key) };
  if (typeof value !== "string") return { document: value };
  try {
    return { document: JSON.parse(value) as Value };
  } catch {
    return { finding: `${key} is no JSON` };
  }
}

/** The statements of the document in a property. */
export function readStatements(resource: PolicyResource, key: string): Read<readonly Statement[]> {
  const read = readDocument(resource, key);
  if ("finding" in read) return read;
  const statements = listed(inside(read.document, "Statement"));
  return { document: statements.map((one, index) => readStatement(one, `Statement[${index}]`)) };
}

function readStatement(statement: Value, place: string): Statement {
  const sid = inside(statement, "Sid");
  return {
    name: typeof sid === "string" && sid !== "" ? sid : place,
    allows: inside(statement, "Effect") !== "Deny",
    actions: texts(inside(statement, "Action")),
    resources: texts(inside(statement, "Resource")),
    principals: principals(inside(statement, "Principal")),
    conditions: inside(statement, "Condition") ?? {},
    exceptions: EXCEPTIONS.filter((name) => inside(statement, name) !== undefined),
  };
}

function principals(value: Value | undefined): readonly string[] {
  return isMap(value) ? Object.values(value).flatMap(texts) : texts(value);
}

function texts(value: Value | undefined): readonly string[] {
  return listed(value).filter((one) => typeof one === "string");
}

/** Whether a statement speaks of an action; the case of letters means nothing. */
export function coversAction({ actions }: Statement, action: string): boolean {
  return actions.some((pattern) => matchesWildcards(pattern.toLowerCase(), action.toLowerCase()));
}

/**
 * Whether a statement speaks of something in IAM, in whatever account and partition.
 * @param name the end of its ARN: `role/slipway/gha_workflow_slipway_deploy`
 */
export function coversResource({ resources }: Statement, name: string): boolean {
  return resources.some(
    (pattern) =>
      matchesWildcards(pattern.replace(/^arn:[^:]*:iam::[^:]*:/, ""), name) ||
      matchesWildcards(pattern, `arn:aws:iam::000000000000:${name}`),
  );
}

/** The values that a key is compared with under an operator. */
export function conditionValues(
  { conditions }: Statement,
  operator: string,
  key: string,
): readonly string[] {
  const keys = inside(conditions, operator);
  if (!isMap(keys)) return [];
  return Object.entries(keys).flatMap(([name, value]) =>
    name.toLowerCase() === key.toLowerCase() ? texts(value) : [],
  );
}
