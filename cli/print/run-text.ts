import { stripVTControlCharacters, styleText } from "node:util";
import type { EngineEvent, Failure, RunResult, Step } from "../../engine/events.ts";
import { shortType } from "../../engine/resource-name.ts";
import { isForUsers } from "../user-fault.ts";
import { noteOf } from "./changes-note.ts";
import { headline } from "./headline.ts";
import { changeLabel, countsText, propertyLine } from "./changes.ts";

/** Columns of a line that has to fit on a screen. */
const COLUMNS = 100;
/** The longest type that is declared, `aws.ecr.RepositoryCreationTemplate`, and a little. */
const TYPE_COLUMNS = 36;
const INDENT = "  ";
const BELOW = " ".repeat(12);

/**
 * The line of a step: sign, type, name, note, and what it took if that was long. A note that the line has no room for
 * stands below.
 */
export function stepLine(
  step: Pick<Step, "change" | "type" | "name" | "diff" | "note" | "seconds">,
): string {
  const note = noteOf(step);
  const seconds = step.seconds >= 1 ? `  ${step.seconds.toFixed(1)} s` : "";
  const what = `${changeLabel(step.change)} ${shortType(step.type).padEnd(TYPE_COLUMNS)} ${step.name}`;
  if (note === undefined) return `${what}${seconds}`;
  const whole = `${what}  (${note})${seconds}`;
  const fits = INDENT.length + stripVTControlCharacters(whole).length <= COLUMNS;
  return fits ? whole : `${what}${seconds}\n${BELOW}(${note})`;
}

/** The steps that change something, with their changed properties below. */
export function changesText(result: RunResult, options: { properties: boolean }): string {
  const lines: string[] = [];
  for (const step of result.steps) {
    if (step.kind !== "resource" || step.change === "same") continue;
    lines.push(`${INDENT}${stepLine(step)}`);
    const summary = options.properties ? undefined : headline(step);
    if (summary !== undefined && step.change === "create") lines.push(`${BELOW}${summary}`);
    const shown = options.properties || step.change === "update" || step.change === "replace";
    if (shown) {
      const of = { change: step.change, whole: options.properties };
      lines.push(...step.diff.map((property) => `        ${propertyLine(property, of)}`));
    }
  }
  return lines.join("\n");
}

/** What changes where nothing was to; undefined where nothing does. */
export function unexpectedText({ steps }: Pick<RunResult, "steps">): string | undefined {
  const changed = steps.filter(({ kind, change }) => kind === "resource" && change !== "same");
  if (changed.length === 0) return undefined;
  const count = changed.length === 1 ? "1 resource" : `${changed.length} resources`;
  const lines = changed.map(({ change, type, name }) => `  ${change} ${shortType(type)} ${name}`);
  return [`nothing was to change, and ${count} would:`, ...lines].join("\n");
}

/** What an event of a running operation is worth saying; undefined where it is not. */
export function progressLine(event: EngineEvent): string | undefined {
  switch (event.kind) {
    case "note":
      return `  ${styleText("dim", event.message, { stream: process.stdout })}`;
    case "failure":
      // What is wrong with the program as a whole is told at the end.
      return event.failure.name === undefined ? undefined : `  ${failureText(event.failure)}`;
    case "resource": {
      if (event.resource !== "resource" || event.change === "same") return undefined;
      if (event.phase !== "done") return undefined;
      return `${INDENT}${stepLine({ ...event, seconds: event.seconds ?? 0 })}`;
    }
  }
}

/** What failed and why; the whole text of a user's fault. */
export function failureText({ name, type, message, error }: Failure): string {
  const what = name === undefined || type === undefined ? "" : `${name} (${shortType(type)}): `;
  const whole = isForUsers(error) || !(error instanceof Error) ? message : (error.stack ?? message);
  // Engine and providers begin with the name, too.
  const starts = name === undefined ? [] : [what, `${name}: `];
  const said = starts.find((start) => whole.startsWith(start)) ?? "";
  const text = whole.slice(said.length);
  return styleText("red", `! ${what}${text.replaceAll("\n", "\n    ")}`, {
    stream: process.stdout,
  });
}

/** The counts, and what went wrong. */
export function summaryText(result: RunResult, seconds: number): string {
  const planned = result.operation === "plan" || result.operation === "preview";
  const counts = `${countsText(result.changes, planned)} (${seconds.toFixed(1)} s)`;
  if (result.ok) return counts;
  const after = planned ? "" : "; what is whole was kept, and the next run goes on from there";
  const faults = `${result.failures.length} failed, ${result.skipped.length} not reached`;
  const lines = [
    ...result.failures.filter(({ name }) => name === undefined).map(failureText),
    counts,
    `${styleText("red", faults, { stream: process.stdout })}${after}`,
  ];
  if (result.skipped.length > 0) {
    const names = [...new Set(result.skipped.map(({ name }) => name))];
    lines.push(`not reached, because something they need failed: ${names.join(", ")}`);
  }
  return lines.join("\n");
}
