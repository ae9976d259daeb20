import type { FileEdit, TreeFinding } from "../../rules/workflow-tree.ts";
import type { TreeCheck } from "../workflows/check-findings.ts";
import { wrapped } from "./wrapped.ts";

/** A check with what `--write` did and `--online` found. */
export interface PrintedCheck extends TreeCheck {
  /** What was wrong and is mended. */
  readonly mended: readonly TreeFinding[];
  readonly online: boolean;
}

const BELOW = "    ";

/** Findings for people, each with what to do below it. */
export function workflowsCheckText({
  stacks,
  files,
  findings,
  notes,
  mended,
  online,
}: PrintedCheck): string {
  const told = ({ file, line, rule, message, remedy }: TreeFinding, kind = "") => [
    ...wrapped(`${file}:${line} ${kind}${rule}: ${message}`, "", BELOW),
    ...wrapped(`-> ${remedy}`, BELOW, `${BELOW}   `),
  ];
  const lines = [
    ...mended.flatMap(({ file, line, rule, message, edits }) => [
      ...wrapped(`${file}:${line} ${rule}: ${message}`, "", BELOW),
      ...wrapped(`mended: ${edits.map(editText).join("; ")}`, BELOW, `${BELOW}   `),
    ]),
    ...notes.flatMap((note) => told(note, "note: ")),
    ...findings.flatMap((finding) => told(finding)),
  ];
  return [...lines, ...(lines.length > 0 ? [""] : []), summary()].join("\n");

  function summary(): string {
    const where = `${count(files.length, "file")} for ${stacks.join(", ")}`;
    if (findings.length > 0) {
      const fixable = findings.filter(({ edits }) => edits.length > 0).length;
      const advice = fixable === 0 ? "" : `; --write mends ${fixable}`;
      return `${count(findings.length, "finding")} in ${where}${advice}`;
    }
    const asked = online ? ", and every pinned tag is its commit on GitHub" : "";
    return `${where}: as the catalogue and the rules say${asked}`;
  }
}

/** What was done: `wrote jobs.build.needs: ["plan"]`. */
function editText({ edit: { path, ...edit } }: FileEdit): string {
  const place = path.join(".");
  if (edit.kind === "remove") return `took ${place} out`;
  const { value } = edit;
  return `wrote ${place}${value === null ? "" : `: ${JSON.stringify(value)}`}`;
}

/** A check as one JSON object. */
export function workflowsCheckJson({
  stacks,
  files,
  findings,
  notes,
  mended,
}: PrintedCheck): string {
  const plain = ({ edits, ...finding }: TreeFinding) => ({
    ...finding,
    writable: edits.length > 0,
  });
  const report = {
    ok: findings.length === 0,
    stacks,
    files,
    findings: findings.map(plain),
    notes: notes.map(plain),
    mended: mended.map(plain),
  };
  return JSON.stringify(report, undefined, 2);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
