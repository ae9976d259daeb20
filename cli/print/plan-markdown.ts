import type { RunResult } from "../../engine/events.ts";
import { propertyLine } from "./changes.ts";
import { code, fenced, folded } from "./markdown.ts";
import { shortType } from "../../engine/resource-name.ts";

/** A plan for a pull request: counts, a table of the resources, and each one's properties folded away. */
export function planMarkdown(result: RunResult): string {
  const resources = result.steps.filter(
    ({ kind, change }) => kind === "resource" && change !== "same",
  );
  const rows = resources.map(
    ({ change, type, name }) => `| ${change} | ${code(shortType(type))} | ${code(name)} |`,
  );
  const details = resources.map(({ name, type, change, diff }) =>
    [
      `${shortType(type)} ${name}`,
      ...diff.map((property) => `  ${propertyLine(property, { change })}`),
    ].join("\n"),
  );
  const failures = result.failures.map(({ message }) => fenced(message));
  return [
    `### Plan of stack ${code(result.stack)}`,
    "",
    `${resources.length} ${resources.length === 1 ? "resource" : "resources"} to create on an empty account. Computed without network or credentials; values known only after an apply are \`[unknown]\`, secrets \`[secret]\`.`,
    "",
    ...(failures.length > 0 ? ["**It failed:**", "", ...failures, ""] : []),
    "| change | type | name |",
    "| --- | --- | --- |",
    ...rows,
    "",
    folded("Properties", details.join("\n\n")),
  ].join("\n");
}
