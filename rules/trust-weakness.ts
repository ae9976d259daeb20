import type { IamCondition } from "./iam-document.ts";
import { claimOf } from "./trust-bounds.ts";
import { type Change, STRANGER } from "./trust-witness.ts";

/** Why a condition that reads as if it demanded a claim does not. */
export interface Weakness {
  readonly what: string;
  /** Tokens that it lets pass. */
  readonly changes: readonly Change[];
}

/**
 * What is wrong with a condition on a claim that holds for tokens without it, or with any value but its own; undefined for
 * one that demands the claim, and for one on another key of the request, which only narrows what the claims let in.
 */
export function weaknessOf(condition: IamCondition): Weakness | undefined {
  const { operator, values } = condition;
  const claim = claimOf(condition);
  if (claim === undefined) return undefined;
  const missing = { [claim]: undefined };
  const lacking = `${operator.written} on ${claim} holds for a token without ${claim}`;
  if (operator.set === "ForAllValues") {
    return { what: `${lacking}; write ${operator.name}`, changes: [missing] };
  }
  if (operator.ifExists) return { what: `${lacking}; leave IfExists out`, changes: [missing] };
  if (!operator.negated) return undefined;
  return {
    what: `${operator.written} on ${claim} lets in everything but ${values.join(", ")}; name what may enter`,
    changes: [{ [claim]: claim === "sub" ? STRANGER : "anything" }, missing],
  };
}
