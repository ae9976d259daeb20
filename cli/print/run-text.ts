import { styleText } from "node:util";
import type { EngineEvent, Failure, RunResult, Step } from "../../engine/events.ts";
import { isForUsers } from "../user-fault.ts";
import { headline } from "./headline.ts";
import { changeLabel, countsText, propertyLine } from "./changes.ts";

/** `aws:ecr/repository:Repository` as people say it: `aws.ecr.Repository`. */
export function shortType(type: string): string {
  const [pack = "", module = "", name = ""] = type.split(":");
  const folder = module.split("/")[0] ?? "";
  return [pack, ...(folder === "index" ? [] : [folder]), name].join(".");
}

/** The line of a step: sign, type, name, note, and what it took if that was long. */
export function stepLine(
  step: Pick<Step, "change" | "type" | "name" | "note" | "seconds">,
): string {
  const note = step.note === undefined ? "" : `  (${step.note})`;
  const seconds = step.seconds >= 1 ? `  ${step.seconds.toFixed(1)} s` : "";
  return `${changeLabel(step.change)} ${shortType(step.type).padEnd(46)} ${step.name}${note}${seconds}`;
}

/** The steps that change something, with their changed properties below. */
export function changesText(result: RunResult, options: { properties: boolean }): string {
  const lines: string[] = [];
  for (const step of result.steps) {
    if (step.kind !== "resource" || step.change === "same") continue;
    lines.push(`  ${stepLine(step)}`);
    const summary = options.properties ? undefined : headline(step);
    if (summary !== undefined && step.change === "create") lines.push(`            ${summary}`);
    const shown = options.properties || step.change === "update" || step.change === "replace";
    if (shown) {
      lines.push(
        ...step.diff.map((change) => `        ${propertyLine(change, options.properties)}`),
      );
    }
  }
  return lines.join("\n");
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
      return `  ${stepLine({ ...event, seconds: event.seconds ?? 0 })}`;
    }
  }
}

/** What failed and why; the whole text of a user's fault. */
export function failureText({ name, type, message, error }: Failure): string {
  const what = name === undefined || type === undefined ? "" : `${name} (${shortType(type)}): `;
  const whole = isForUsers(error) || !(error instanceof Error) ? message : (error.stack ?? message);
  // Providers begin with the name, too.
  const text =
    name !== undefined && whole.startsWith(`${name}: `) ? whole.slice(name.length + 2) : whole;
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
