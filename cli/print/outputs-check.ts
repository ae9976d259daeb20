import type { Finding } from "../outputs/finding.ts";
import { table } from "./table.ts";

/** Findings for people, a row each, with what to write below it. */
export function workflowCheckText(
  folder: string,
  { files, findings }: { readonly files: readonly string[]; readonly findings: readonly Finding[] },
): string {
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  if (findings.length === 0) {
    return `${folder}: ${count}; every variable that is read is declared, and every one declared is read`;
  }
  const rows = findings.flatMap(({ kind, file, line, column, message, remedy }) => [
    [file === null ? folder : `${file}:${line}:${column}`, kind, message],
    ["", "", remedy],
  ]);
  const found = findings.length === 1 ? "1 finding" : `${findings.length} findings`;
  return `${table(rows)}\n${found} in ${count}`;
}
