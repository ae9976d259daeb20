import type { WorkflowCheck } from "../outputs/check-workflows.ts";
import type { Expectations } from "../outputs/expectations.ts";
import { wrapped } from "./wrapped.ts";

const BELOW = "    ";

/** Findings for people, each with what to write below it, and at the end what there is to name. */
export function workflowCheckText(
  path: string,
  { files, findings, isWhole }: WorkflowCheck,
  { stack, variables, environments }: Pick<Expectations, "stack" | "variables" | "environments">,
): string {
  const count = files.length === 1 ? "1 file" : `${files.length} files`;
  if (findings.length === 0) {
    const unused = isWhole ? ", and every one declared is read" : "";
    return `${path}: ${count}; every variable that is read is declared${unused}`;
  }
  const told = findings.flatMap(({ kind, file, line, column, message, remedy }) => [
    ...wrapped(
      `${file === null ? path : `${file}:${line}:${column}`} ${kind === "unused" ? "note: unused" : kind}: ${message}`,
      "",
      BELOW,
    ),
    ...wrapped(`-> ${remedy}`, BELOW, `${BELOW}   `),
  ]);
  const known = findings.some(({ kind }) => kind === "unknown")
    ? [
        ...wrapped(`Variables of stack ${stack}: ${[...variables].join(", ")}`, "", BELOW),
        ...wrapped(`Environments: ${environments.join(", ")}`, "", BELOW),
      ]
    : [];
  const faults = findings.filter(({ kind }) => kind !== "unused").length;
  const found = faults === 1 ? "1 finding" : `${faults} findings`;
  return [...told, "", ...known, `${found} in ${count}`].join("\n");
}
