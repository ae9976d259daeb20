import { type DriftNews, LOOK_MARKER, memoryLines } from "./drift-issue.ts";
import { type DriftCheck, type DriftFinding, isClean } from "./drift-report.ts";
import { codeSpan } from "./markdown-text.ts";
import { linesOf, type Section, sizeOf } from "./preview-markdown-sections.ts";

/** The label that the issue is found by; GitHub makes it with the first issue. */
export const DRIFT_LABEL = "slipway-drift";
export const DRIFT_TITLE = "Not everything is as the stack declares it";

/** The largest text that is written, in bytes of UTF-8: GitHub takes 65,536 characters. */
const MAX_BODY_BYTES = 60_000;
/** Characters of a message, as many as a report may have. */
const LONGEST = 600;
/** New troubles that a comment names. */
const MOST_NEW = 10;

/**
 * The text of the issue. All texts of a report are code, so that nothing in it becomes a link, a mention or HTML; what does
 * not fit is left out at whole lines, and counted.
 */
export function driftBody(news: DriftNews): string {
  const top = [...memoryLines(news), "", ...buildLines(news), LOOK_MARKER, ""];
  if ("before" in news.found) return join([...top, news.found.before.text]);
  const look = [...introduction(news), "", ...summary(news), ""];
  const room = MAX_BODY_BYTES - sizeOf([...top, ...look]);
  return join([...top, ...look, ...linesOf(sections(news), room)]);
}

/** The comment on an issue that is open already. @param troubles at least one */
export function newTroublesComment(troubles: readonly string[], runUrl: string): string {
  const more = troubles.length - MOST_NEW;
  return join([
    `New since the last look ([run](${runUrl})):`,
    "",
    ...troubles.slice(0, MOST_NEW).map((words) => `- ${codeSpan(words)}`),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    "The text above says what it is.",
  ]);
}

/** The comment with which an issue is closed. */
export function cleanComment(runUrl: string): string {
  return `Everything is as it is declared again ([run](${runUrl})).\n`;
}

/** The build stands before what the look found, since each is told by runs that do not know of the other. */
function buildLines({ failedBuild }: DriftNews): readonly string[] {
  if (failedBuild === undefined) return [];
  const { result, runUrl } = failedBuild;
  const how = result === "failure" ? "failed" : "did not end";
  return [
    `The last build of an image on its real base **${how}**: [run](${runUrl}). The next one that succeeds takes this line away.`,
    "",
  ];
}

function introduction({ found, runUrl }: DriftNews): readonly string[] {
  if ("before" in found) return [];
  const closing = "The next look writes this text anew, and closes the issue when all is clean.";
  if ("absent" in found) {
    return [
      `**Nobody knows: the look for drift wrote no report** (${codeSpan(found.absent)}). [Its run](${runUrl}) says why. ${closing}`,
    ];
  }
  const { stack, repository, commit, lookedAt } = found.report;
  const at = commit === null ? "" : ` for commit ${codeSpan(commit)}`;
  return [
    `What [this run](${runUrl}) saw at ${codeSpan(lookedAt)} of stack ${codeSpan(stack)} of ${codeSpan(repository)}${at}. ${closing}`,
    "",
    `The same look from a laptop: ${codeSpan(`slipway drift --stack ${stack}`)}`,
  ];
}

function summary({ found, look, runUrl }: DriftNews): readonly string[] {
  const rows: (readonly [string, string])[] = [];
  if ("report" in found) {
    rows.push(...found.report.checks.map((one) => [one.check, outcomeOf(one)] as const));
    if (isClean(found.report) && look !== "success") {
      rows.push(["the job itself", `ended as ${look}, [after the look](${runUrl})`]);
    }
  }
  if (rows.length === 0) return [];
  return ["| look | outcome |", "| --- | --- |", ...rows.map((row) => `| ${row.join(" | ")} |`)];
}

function outcomeOf({ outcome, findings, unasked }: DriftCheck): string {
  if (outcome === "ok") return "ok";
  const parts = [
    ...(findings.length > 0 ? [`**${findings.length} found**`] : []),
    ...(unasked.length > 0 ? [`**${unasked.length} could not be asked**`] : []),
  ];
  return parts.join(", ");
}

function sections({ found }: DriftNews): readonly Section[] {
  if (!("report" in found)) return [];
  return found.report.checks.flatMap(({ check, findings, unasked, notes, leftOut }) => {
    const parts: readonly (readonly [string, readonly string[]])[] = [
      [`Found: ${check}`, findings.map(row)],
      [`Could not be asked: ${check}`, unasked.map((reason) => `- ${codeSpan(reason, LONGEST)}`)],
      [`News: ${check}`, notes.map(row)],
    ];
    return parts
      .filter(([, rows]) => rows.length > 0)
      .map(([title, rows], index) => ({
        head: [`## ${title}`, ""],
        rows,
        leftOut: index === 0 ? leftOut : 0,
      }));
  });
}

function row({ subject, message, remedy }: DriftFinding): string {
  const then = remedy === undefined ? "" : `; ${codeSpan(remedy, LONGEST)}`;
  return `- ${codeSpan(subject)}: ${codeSpan(message, LONGEST)}${then}`;
}

function join(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}
