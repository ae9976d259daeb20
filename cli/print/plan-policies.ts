import { styleText } from "node:util";
import { policies } from "../../policy/all.ts";
import type { Judgement, Unjudged, Violation } from "../../policy/judgement.ts";
import { enforcement, type Severity } from "../../policy/policy.ts";
import { code } from "./markdown.ts";
import { shortType } from "../../engine/resource-name.ts";
import { wrapped } from "./wrapped.ts";

const COLORS: Readonly<Record<Severity, "red" | "yellow" | "dim">> = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "dim",
};

/** What policies say of a plan: violations by severity, each policy's remediation once, and what nobody can judge yet. */
export function judgementText({ violations, notJudged }: Judgement): string {
  const lines = [heading({ violations, notJudged }), ""];
  for (const [{ policy, severity, remediation }, found] of groups(violations)) {
    const label = styleText(COLORS[severity], severity.padEnd(8), { stream: process.stdout });
    lines.push(
      `  ${label} ${policy}${isAdvice(severity) ? "  (advice)" : ""}`,
      ...found.flatMap(({ type, resource, message }) =>
        wrapped(`${resource} (${shortType(type)}): ${message}`, "    ", "      "),
      ),
      ...wrapped(`-> ${remediation}`, "    ", "       "),
      "",
    );
  }
  for (const [{ policy, why }, found] of unjudgedGroups(notJudged)) {
    const open = `not judged  ${policy}: ${why} (${listed(found)})`;
    lines.push(...wrapped(open, "  ", "              "));
  }
  return lines.join("\n").trimEnd();
}

/** The same for a comment on a pull request. */
export function judgementMarkdown({ violations, notJudged }: Judgement): string {
  const rows = violations.map(
    ({ severity, policy, resource, message, remediation }) =>
      `| ${severity} | ${code(policy)} | ${code(resource)} | ${code(message)} | ${code(remediation)} |`,
  );
  const unjudged = unjudgedGroups(notJudged).map(
    ([{ policy, why }, found]) => `- ${code(policy)}: ${code(why)} (${code(listed(found))})`,
  );
  return [
    "#### Policies",
    "",
    heading({ violations, notJudged }),
    "",
    ...(rows.length === 0
      ? []
      : [
          "| severity | policy | resource | found | what to write |",
          "| --- | --- | --- | --- | --- |",
          ...rows,
          "",
        ]),
    ...(unjudged.length === 0 ? [] : ["Not judged:", "", ...unjudged]),
  ]
    .join("\n")
    .trimEnd();
}

/** The part of `--json`. */
export function judgementJson({ violations, notJudged }: Judgement): Record<string, unknown> {
  return {
    policies: {
      count: policies.resource.length + policies.stack.length,
      violations: violations.map((one) => ({ ...one, enforcement: enforcement(one.severity) })),
      notJudged,
    },
  };
}

function heading({ violations, notJudged }: Judgement): string {
  const count = policies.resource.length + policies.stack.length;
  const found = violations.length === 1 ? "1 violation" : `${violations.length} violations`;
  const open = notJudged.length === 0 ? "" : `, ${notJudged.length} not judged`;
  return `${count} policies: ${found}${open}`;
}

function isAdvice(severity: Severity): boolean {
  return enforcement(severity) === "advisory";
}

function groups(violations: readonly Violation[]): readonly (readonly [Violation, Violation[]])[] {
  return grouped(violations, ({ policy }) => policy);
}

function unjudgedGroups(
  notJudged: readonly Unjudged[],
): readonly (readonly [Unjudged, Unjudged[]])[] {
  return grouped(notJudged, ({ policy, why }) => `${policy} ${why}`);
}

/** In order of first appearance, each with all that are like it. */
function grouped<One>(
  all: readonly One[],
  key: (one: One) => string,
): readonly (readonly [One, One[]])[] {
  return [...Map.groupBy(all, key).values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [[first, group] as const];
  });
}

function listed(found: readonly Unjudged[]): string {
  const names = found.map(({ resource }) => resource);
  return names.length > 3
    ? `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`
    : names.join(", ");
}
