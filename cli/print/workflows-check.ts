import type { TreeFinding } from "../../rules/workflow-tree.ts";
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
  mended,
  online,
}: PrintedCheck): string {
  const lines = [
    ...mended.map(({ file, line, rule, remedy }) => `${file}:${line} ${rule}: done: ${remedy}`),
    ...findings.flatMap(({ file, line, rule, message, remedy }) => [
      ...wrapped(`${file}:${line} ${rule}: ${message}`, "", BELOW),
      ...wrapped(`-> ${remedy}`, BELOW, `${BELOW}   `),
    ]),
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

/** A check as one JSON object. */
export function workflowsCheckJson({ stacks, files, findings, mended }: PrintedCheck): string {
  const plain = ({ edits, ...finding }: TreeFinding) => ({
    ...finding,
    writable: edits.length > 0,
  });
  const report = {
    ok: findings.length === 0,
    stacks,
    files,
    findings: findings.map(plain),
    mended: mended.map(plain),
  };
  return JSON.stringify(report, undefined, 2);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
