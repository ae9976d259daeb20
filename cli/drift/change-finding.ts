import { shortType } from "../../engine/resource-name.ts";
import type { DriftFinding } from "../../rules/drift-report.ts";

/** Property names that are told of one resource. */
const MOST_PROPERTIES = 12;

/**
 * What is told of a resource that a preview would change.
 * @param paths of the properties that would change
 */
export function changeFinding(
  { change, type, name }: { readonly change: string; readonly type: string; readonly name: string },
  paths: readonly string[],
  note?: string,
): DriftFinding {
  const more = paths.length - MOST_PROPERTIES;
  const listed = paths.slice(0, MOST_PROPERTIES).join(", ") + (more > 0 ? ` and ${more} more` : "");
  // Of what is made or deleted as a whole every property is one that changes.
  const isPart = change === "update" || change === "replace";
  const properties = isPart && paths.length > 0 ? `: ${listed}` : "";
  const why = note === undefined ? "" : ` (${note})`;
  return {
    subject: name,
    message: `up would ${change} this ${shortType(type)}${properties}${why}`,
  };
}
