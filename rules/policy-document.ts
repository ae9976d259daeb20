export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect: "Allow" | "Deny";
  readonly Principal?: PolicyPrincipal;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Condition?: PolicyCondition;
}

/** Who a resource policy speaks of. */
export type PolicyPrincipal =
  { readonly AWS: string | readonly string[] } | { readonly Federated: string };

/** Operator, then condition key, then the values of which one must hold. */
export type PolicyCondition = Readonly<
  Partial<
    Record<
      "StringEquals" | "StringNotEquals" | "StringLike" | "ForAllValues:StringNotEquals",
      Readonly<Record<string, string | readonly string[]>>
    >
  >
>;

/**
 * The subset of AWS's policy language that Slipway writes.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export interface PolicyDocument {
  readonly Version: "2012-10-17";
  readonly Statement: readonly PolicyStatement[];
}

/** The document of some statements, in their order. */
export function policyDocument(statements: readonly PolicyStatement[]): PolicyDocument {
  return { Version: "2012-10-17", Statement: statements };
}
