import { MAIN_BRANCH } from "../../rules/names.ts";
import type { RefTrust } from "../trust/stack-trust.ts";
import { isUnprotected } from "../trust/show-trust.ts";
import { code } from "./markdown.ts";
import { wrapped } from "./wrapped.ts";

const OF_MAIN =
  "That of main keeps main from being deleted and force-pushed, and no more: whoever may push to the repository may push to main.";

/** Which refs a stack's environments and roles rest on, and the ruleset behind each. */
export function refsLines(
  refs: readonly RefTrust[],
  inText: boolean,
): readonly (readonly string[])[] {
  return [
    ["refs", "admitted by", "ruleset behind them"],
    ...refs.map((one) => {
      const { kind, pattern } = one.ref;
      return [`${kind} ${inText ? pattern : code(pattern)}`, one.by, rulesetWords(one)];
    }),
  ];
}

/** What is wrong with them, or that nothing is. */
export function refsVerdict(refs: readonly RefTrust[]): string {
  const open = refs.filter(isUnprotected);
  if (open.length === 0) {
    const main = refs.some(({ ruleset }) => ruleset === MAIN_BRANCH);
    return [
      "Every ref that a secret or a role rests on has a ruleset behind it.",
      ...(main ? wrapped(OF_MAIN, "") : []),
    ].join("\n");
  }
  const found = open.map(({ by, ref }) => `  ${by}: ${ref.kind} ${ref.pattern}`);
  return [
    "No ruleset says who may create these refs, so that whoever can push gets what rests on them:",
    ...found,
    "Name teams in slipway:refCreators, or admit only refs that a ruleset is behind.",
  ].join("\n");
}

function rulesetWords({ ruleset, needed }: RefTrust): string {
  if (ruleset !== null) return ruleset;
  return needed ? "NONE" : "none: no secret and no role rests on it";
}
