import { codeSpan, codeSpans } from "./markdown-text.ts";
import { accessRows, isWider } from "./preview-markdown-access.ts";
import {
  failureRows,
  imageRows,
  nameRows,
  resourceRows,
  retentionRows,
} from "./preview-markdown-rows.ts";
import { linesOf, type Section, sizeOf } from "./preview-markdown-sections.ts";
import type { PreviewReport } from "./preview-report.ts";

/** The first line of a comment, which nobody sees: there is one such comment in a pull request. */
export const PREVIEW_MARKER = "<!-- slipway preview -->";

/**
 * The largest comment that is written, in bytes of UTF-8. GitHub takes 65,536 characters; there is room to spare for whoever
 * counts a line's end twice.
 */
export const MAX_COMMENT_BYTES = 60_000;

/** What GitHub itself says of a preview, as far as the comment shows it. */
export interface PreviewSource {
  /** Head commit of the pull request. */
  readonly commit: string;
  readonly run: PreviewRun;
  /** Why the preview may say anything; undefined where there is no reason. */
  readonly unreviewed: Unreviewed | undefined;
}

/** What keeps a preview from being computed by reviewed code, for sure or possibly. */
export interface Unreviewed {
  /** Paths of the code that the pull request changes. */
  readonly code: readonly string[];
  /** Sentences of ours: what else may be. */
  readonly doubts: readonly string[];
}

/** The run of a workflow that made a preview. */
export interface PreviewRun {
  readonly id: number;
  /** From 1. */
  readonly attempt: number;
  /** Its page on GitHub. */
  readonly url: string;
}

const NO_SECOND = ["The run kept no preview with the pull request's own code.", ""];
const RUN = /^<!-- run (?<id>\d{1,15}) attempt (?<attempt>\d{1,9}) -->$/;
const SHOWN = /^<!-- preview of (?<commit>[0-9a-f]{40}) -->$/;

/**
 * The comment on a pull request, in GitHub's Markdown. All texts of the report are code, so that nothing in it becomes a
 * link, a mention, HTML or a heading; what does not fit is left out at whole rows, and counted.
 * @param ofChangedCode what the pull request's own code says, where it changes code
 */
export function previewComment(
  report: PreviewReport,
  source: PreviewSource,
  ofChangedCode?: PreviewReport,
): string {
  const shown = [`<!-- preview of ${source.commit} -->`];
  const top = topOf(`Preview of stack ${codeSpan(report.stack)}`, source, shown);
  const absent = source.unreviewed === undefined || ofChangedCode !== undefined ? [] : NO_SECOND;
  const room = MAX_COMMENT_BYTES - sizeOf([...top, ...absent]);
  if (ofChangedCode === undefined) return join([...top, ...absent, ...bodyOf(report, room)]);
  const first = ["## With the code of the base branch", ""];
  const second = ["## With the pull request's own code", ""];
  const half = (room - sizeOf([...first, ...second])) / 2;
  return join([
    ...[...top, ...first, ...bodyOf(report, half)],
    ...[...second, ...bodyOf(ofChangedCode, half)],
  ]);
}

/**
 * The comment on a pull request whose preview is not there.
 * @param reason a sentence of ours
 */
export function noPreviewComment(reason: string, source: PreviewSource): string {
  return join([...topOf("No preview", source), reason]);
}

/** Whether a comment of this kind shows a preview of a pull request's head, and not that there is none. */
export function isPreviewOf(body: string, commit: string): boolean {
  const [marker, , line = ""] = body.split(/\r?\n/, 3);
  return marker === PREVIEW_MARKER && SHOWN.exec(line)?.groups?.["commit"] === commit;
}

/** Which run a comment is of; 0 where it does not say so, and undefined for any text that is no comment of this kind. */
export function runOfComment(body: string): Pick<PreviewRun, "id" | "attempt"> | undefined {
  const [marker, line = ""] = body.split(/\r?\n/, 2);
  if (marker !== PREVIEW_MARKER) return undefined;
  const { id, attempt } = RUN.exec(line)?.groups ?? {};
  return { id: Number(id ?? 0), attempt: Number(attempt ?? 0) };
}

function topOf(
  title: string,
  { commit, run, unreviewed }: PreviewSource,
  hidden: readonly string[] = [],
): readonly string[] {
  return [
    PREVIEW_MARKER,
    `<!-- run ${run.id} attempt ${run.attempt} -->`,
    ...hidden,
    `# ${title}`,
    "",
    ...(unreviewed === undefined ? [] : warningOf(unreviewed)),
    `Of commit ${codeSpan(commit)}, by [this run](${linkTarget(run.url)}).`,
    "",
  ];
}

function warningOf({ code, doubts }: Unreviewed): readonly string[] {
  const reasons = [
    ...(code.length === 0
      ? []
      : [`This pull request changes code: ${codeSpans(code, { most: 10, longest: 120 })}.`]),
    ...doubts,
  ];
  return [
    "> [!CAUTION]",
    `> **Computed by unreviewed code.** ${reasons.join(" ")} Nobody knows whether what stands below is true.`,
    "",
  ];
}

function bodyOf(report: PreviewReport, room: number): readonly string[] {
  const { comparedWith, baseCommit, pullRequestCommit, channel } = report;
  const at = (commit?: string) => (commit === undefined ? "" : ` (${codeSpan(commit)})`);
  const top = [
    `**${summaryOf(report)}**`,
    "",
    `Channel ${codeSpan(channel)}${at(baseCommit)} with the pull request merged${at(pullRequestCommit)}, ${referenceOf(comparedWith)}.`,
    "",
  ];
  const sections = sectionsOf(report).filter(({ rows, leftOut }) => rows.length > 0 || leftOut > 0);
  return [...top, ...linesOf(sections, room - sizeOf(top))];
}

function referenceOf(comparedWith: PreviewReport["comparedWith"]): string {
  switch (comparedWith.kind) {
    case "snapshot":
      return `compared with what was applied last, for commit ${codeSpan(comparedWith.commit)}`;
    case "base":
      return "compared with a plan of the base branch, because nothing tells what was applied last";
    case "nothing":
      return "compared with nothing, because neither what was applied last nor a plan of the base branch is there: all that it declares is listed";
  }
}

/** What is most important stands first, and is left out last. */
function sectionsOf(report: PreviewReport): readonly Section[] {
  const { leftOut } = report;
  const list = (title: string, rows: readonly string[], missing: number): Section => ({
    head: [`### ${title}`, ""],
    rows,
    leftOut: missing,
  });
  const table = (
    title: string,
    columns: readonly string[],
    ...rest: [readonly string[], number]
  ) => {
    const [rows, missing] = rest;
    const rule = columns.map(() => "---").join(" | ");
    const head = [`### ${title}`, "", `| ${columns.join(" | ")} |`, `| ${rule} |`];
    return { head, rows, leftOut: missing };
  };
  return [
    list(
      "It failed, and the rest may be incomplete",
      failureRows(report.failures),
      leftOut.failures,
    ),
    list("Access", accessRows(report.access), leftOut.access),
    table(
      "Images",
      ["image", "content now", "content then", "why"],
      imageRows(report.images),
      leftOut.images,
    ),
    table("Names that will move", ["name", "now", "then"], nameRows(report.names), leftOut.names),
    list("Retention", retentionRows(report.retention), leftOut.retention),
    table(
      "Resources",
      ["change", "type", "name", "properties"],
      resourceRows(report.resources),
      leftOut.resources,
    ),
  ];
}

function summaryOf(report: PreviewReport): string {
  const { leftOut } = report;
  const wider = report.access.filter(isWider).length;
  const counts: readonly (readonly [number, string, string])[] = [
    [report.failures.length + leftOut.failures, "failure", "failures"],
    [wider, "change that opens access", "changes that open access"],
    [
      report.access.length - wider + leftOut.access,
      "other change of access",
      "other changes of access",
    ],
    [report.images.length + leftOut.images, "image", "images"],
    [report.names.length + leftOut.names, "name", "names"],
    [report.retention.length + leftOut.retention, "effect on retention", "effects on retention"],
    [report.resources.length + leftOut.resources, "resource", "resources"],
  ];
  const told = counts.flatMap(([count, one, many]) =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : many}`],
  );
  return told.length === 0 ? "Nothing changes." : `${told.join(", ")}.`;
}

/** An address of GitHub's, with nothing that ends the link. */
function linkTarget(url: string): string {
  return new URL(url).href.replaceAll("(", "%28").replaceAll(")", "%29");
}

function join(lines: readonly string[]): string {
  return `${lines.join("\n").trimEnd()}\n`;
}
