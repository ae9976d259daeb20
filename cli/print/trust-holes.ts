import type { PolicyDocument } from "../../rules/policy-document.ts";
import type { Hole } from "../../rules/trust-check.ts";

/** The holes of a trust policy for people, and the form that has none. */
export function holesText(holes: readonly Hole[], safe?: PolicyDocument): string {
  if (holes.length === 0) {
    return "safe: only jobs of the named repositories, in the named environments, branches or tags, get in";
  }
  const found = holes.map(({ statement, what, example }) => {
    const lines = [`${statement}: ${what}`];
    if (example === null) {
      lines.push("  no token was found that gets in by it past the other conditions");
    } else {
      lines.push(
        "  gets in:",
        ...Object.entries(example).map(([key, value]) => `    ${key}: ${value}`),
      );
    }
    return lines.join("\n");
  });
  const count = holes.length === 1 ? "1 hole" : `${holes.length} holes`;
  const form =
    safe === undefined
      ? []
      : [
          "Safe form; replace words in capitals, and add what else the role is for:",
          JSON.stringify(safe, undefined, 2),
        ];
  return [`not safe: ${count}`, ...found, ...form].join("\n\n");
}
