import type { PolicyDocument } from "../../rules/policy-document.ts";
import type { Hole } from "../../rules/trust-check.ts";
import type { Unmet } from "../../rules/trust-unmet.ts";

/**
 * What a trust policy without a hole comes to, for people.
 * @param nobody whether it lets nobody in at all
 */
export function safeText(unmet: readonly Unmet[], nobody: boolean): string {
  const none = unmet.map(({ statement, why }) => `${statement}: nobody gets in by it: ${why}`);
  if (!nobody) {
    const who =
      "safe: only jobs of the named repositories, in the named environments, branches or tags, get in";
    return [who, ...none].join("\n\n");
  }
  if (unmet.length > 0) {
    return ["safe: nobody gets in, which is hardly meant", ...none].join("\n\n");
  }
  return "safe: nobody gets in: no statement allows sts:AssumeRoleWithWebIdentity to GitHub's provider";
}

/**
 * The holes of a trust policy for people, and the form that has none.
 * @param unmet statements by which no token gets in
 * @param form undefined for a policy that is not about tokens of GitHub, for which no form would be of use
 */
export function holesText(
  holes: readonly Hole[],
  unmet: readonly Unmet[],
  form: PolicyDocument | undefined,
): string {
  const count = holes.length === 1 ? "1 hole" : `${holes.length} holes`;
  const others = unmet.filter(({ statement }) => holes.every((one) => one.statement !== statement));
  return [
    form === undefined
      ? `not safe: ${count}; this is no trust of GitHub's tokens: no statement names GitHub's provider`
      : `not safe: ${count}`,
    ...holes.map((hole) => holeText(hole, unmet)),
    ...others.map(({ statement, why }) => `${statement}: nobody gets in by it: ${why}`),
    ...(form === undefined
      ? [
          "No form for jobs of GitHub would be of use to such a role. Whether these principals are meant, this check does not know.",
        ]
      : formText(form)),
  ].join("\n\n");
}

function holeText({ statement, what, example }: Hole, unmet: readonly Unmet[]): string {
  const head = `${statement}: ${what}`;
  if (example !== null) {
    const claims = Object.entries(example).map(([key, value]) => `    ${key}: ${value}`);
    return [head, "  gets in:", ...claims].join("\n");
  }
  const never = unmet.find((one) => one.statement === statement);
  const why =
    never === undefined
      ? "no token was found that gets in by it past the other conditions"
      : `nobody gets in by it now: ${never.why}; it guards nothing: taken out, it would leave this way in`;
  return `${head}\n  ${why}`;
}

/** The first statement in full; of the others, which differ in claims alone, the claims. */
function formText(form: PolicyDocument): readonly string[] {
  const [first, ...others] = form.Statement;
  const rows = others.map(({ Condition = {} }) => {
    const claims = Object.values(Condition).flatMap((keys) => Object.entries(keys));
    return claims
      .filter(([key]) => !key.endsWith(":aud"))
      .map(([key, value]) => `${key.replace(/^.*:/, "")} ${String(value)}`)
      .join(", ");
  });
  return [
    "Safe form; replace words in capitals, and add what else the role is for:",
    JSON.stringify({ ...form, Statement: [first] }, undefined, 2),
    ...(rows.length === 0
      ? []
      : [["And a statement like it for each of these:", ...rows].join("\n  ")]),
  ];
}
