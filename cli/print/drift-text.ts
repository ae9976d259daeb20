import type { DriftCheck, DriftFinding, DriftReport } from "../../rules/drift-report.ts";
import { table } from "./table.ts";
import { wrapped } from "./wrapped.ts";

/** What a look for drift found, for people. */
export function driftText({ stack, checks }: DriftReport): string {
  const rows = checks.map((check) => [check.check, outcomeWords(check)]);
  return [
    `Drift of stack ${stack}`,
    "",
    table(rows),
    ...checks.flatMap(({ check, findings, unasked, notes, leftOut }) => [
      ...section(`${check}: found`, findings.flatMap(findingLines)),
      ...section(
        `${check}: could not be asked`,
        unasked.flatMap((reason) => wrapped(reason, "  ")),
      ),
      ...section(`${check}: news`, notes.flatMap(findingLines)),
      ...(leftOut === 0 ? [] : [`  ${leftOut} more, left out here`]),
    ]),
  ].join("\n");
}

/** `ok`, `2 found, 1 could not be asked`. */
export function outcomeWords({ findings, unasked }: DriftCheck): string {
  const words = [
    ...(findings.length > 0 ? [`${findings.length} found`] : []),
    ...(unasked.length > 0 ? [`${unasked.length} could not be asked`] : []),
  ];
  return words.length === 0 ? "ok" : words.join(", ");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function findingLines({ subject, message, remedy }: DriftFinding): readonly string[] {
  const lines = wrapped(`${subject}: ${message}`, "  ");
  // In one piece, because it may be a command.
  return remedy === undefined ? lines : [...lines, `      -> ${remedy}`];
}
