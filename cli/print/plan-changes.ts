import { stripVTControlCharacters } from "node:util";
import type { ResourceChange } from "../../rules/snapshot-changes.ts";
import { shortType } from "../../engine/resource-name.ts";
import type { Comparison } from "../snapshot/plan-against.ts";
import { countsText, propertyLine } from "./changes.ts";
import { code, folded } from "./markdown.ts";
import { stepLine } from "./run-text.ts";

/** What a comparison leaves open, for people. */
const LIMITS =
  "Compared are the inputs that docs/snapshot.md lists; what is known only after an apply counts as unchanged, and what somebody changed by hand does not show.";

/** What would change since a snapshot: each resource with its changed properties, and the counts. */
export function comparisonText(
  { snapshot, changes, same }: Comparison,
  options: { readonly properties: boolean; readonly seconds: number },
): string {
  const lines = changes.flatMap(({ change, type, name, properties }) => {
    const of = { change, whole: options.properties };
    const shown = options.properties || change !== "create" ? properties : [];
    return [
      `  ${stepLine({ change, type, name, diff: [], seconds: 0 })}`,
      ...shown.map((property) => `        ${propertyLine(property, of)}`),
    ];
  });
  return [
    `Since ${snapshot.commit}, of which the snapshot is:`,
    "",
    ...(lines.length === 0 ? ["  nothing changes"] : lines),
    "",
    `${countsText(counts(changes, same), true)} (${options.seconds.toFixed(1)} s)`,
    LIMITS,
  ].join("\n");
}

/** The same for a comment on a pull request. */
export function comparisonMarkdown(stack: string, { snapshot, changes, same }: Comparison): string {
  const rows = changes.map(
    ({ change, type, name }) => `| ${change} | ${code(shortType(type))} | ${code(name)} |`,
  );
  const details = changes
    .filter(({ properties }) => properties.length > 0)
    .map(({ change, type, name, properties }) =>
      [
        `${shortType(type)} ${name}`,
        ...properties.map((property) => `  ${propertyLine(property, { change })}`),
      ].join("\n"),
    );
  return [
    `### Plan of stack ${code(stack)}`,
    "",
    `Since ${code(snapshot.commit)}: ${stripVTControlCharacters(countsText(counts(changes, same), true))}. ${LIMITS}`,
    ...(rows.length === 0 ? [] : ["", "| change | type | name |", "| --- | --- | --- |", ...rows]),
    ...(details.length === 0 ? [] : ["", folded("Properties", details.join("\n\n"))]),
  ].join("\n");
}

/** The part of `--json`. */
export function comparisonJson({ snapshot, changes, same }: Comparison): Record<string, unknown> {
  return { since: { commit: snapshot.commit, counts: counts(changes, same), changes } };
}

function counts(
  changes: readonly ResourceChange[],
  same: number,
): Readonly<Record<ResourceChange["change"] | "same", number>> {
  const count = (wanted: ResourceChange["change"]) =>
    changes.filter(({ change }) => change === wanted).length;
  return {
    create: count("create"),
    update: count("update"),
    replace: count("replace"),
    delete: count("delete"),
    same,
  };
}
