import { formOf } from "../../rules/trust-subject-form.ts";
import type { SubjectComparison } from "../trust/show-subject.ts";
import { table } from "./table.ts";

/**
 * How GitHub writes subjects, how the stack trusts them, and what to do.
 * @param written whether the stack's file was changed just now
 */
export function subjectText(
  { stack, repository, facts, problem, write }: SubjectComparison,
  written: boolean,
): string {
  const { owner, name, subjectForm } = repository;
  const github = facts.customised === null ? formOf(facts) : "a template of its own";
  const compared = table([
    ["GitHub writes", facts.prefix === null ? github : `${github} (${facts.prefix}:...)`],
    [`stack ${stack} trusts`, subjectForm],
  ]);
  const file = `Pulumi.${stack}.yaml`;
  const lines = Object.entries(write).map(([key, value]) => `  ${key}: ${value}`);
  const end = (): readonly string[] => {
    if (problem === null) return [`${owner}/${name}: tokens are trusted as GitHub writes them.`];
    if (lines.length === 0) return [problem];
    const apply = `slipway up --stack ${stack}`;
    return written
      ? [`Written to ${file}:`, ...lines, `Apply it: ${apply}`]
      : [problem, `In ${file} (--write writes it):`, ...lines];
  };
  return [compared, "", ...end()].join("\n");
}
