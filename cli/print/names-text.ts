import type { Family } from "../../catalog.ts";
import type { PrintedAnswer } from "../names.ts";
import { code, markdownTable } from "./markdown.ts";
import { table } from "./table.ts";

const HEADINGS = ["ref", "event", "channel", "environment", "names", "reason"];
const NOTHING = "-";

/** What becomes of some refs as a table for people, the family's accelerators told below it. */
export function namesText(answers: readonly PrintedAnswer[], family: Family): string {
  const accelerators = family.images.flatMap(({ accelerator }) => accelerator ?? []);
  const rows = answers.map(({ answer, pattern }) => [
    answer.ref,
    answer.event,
    answer.channel ?? NOTHING,
    answer.environment ?? NOTHING,
    pattern.join(", ") || NOTHING,
    answer.reason,
  ]);
  const note =
    accelerators.length === 0
      ? `Names of ${family.name}, which has one image.`
      : `Names of ${family.name}; T stands for each of ${accelerators.join(", ")}.`;
  return `${table([HEADINGS, ...rows])}\n\n${note}`;
}

/** The same as a Markdown table. */
export function namesMarkdown(answers: readonly PrintedAnswer[]): string {
  const rows = answers.map(({ answer, pattern }) => [
    code(answer.ref),
    code(answer.event),
    answer.channel === null ? "" : code(answer.channel),
    answer.environment === null ? "" : code(answer.environment),
    pattern.map(code).join(", "),
    escaped(answer.reason),
  ]);
  return markdownTable([HEADINGS, ...rows]);
}

/** Text that means only itself in a cell of a table. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_|<>[\]~]/g, "\\$&");
}
