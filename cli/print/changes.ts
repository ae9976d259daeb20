import { styleText } from "node:util";
import type { Change } from "../../engine/events.ts";
import type { PropertyChange } from "../../engine/property-diff.ts";

const SIGNS: Readonly<Record<Change, string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  same: " ",
};
const COLOURS = {
  create: "green",
  update: "yellow",
  replace: "magenta",
  delete: "red",
  same: "dim",
} as const satisfies Record<Change, string>;

/** A change as one sign and its word, coloured where a person reads it. */
export function changeLabel(change: Change): string {
  return coloured(change, `${SIGNS[change]} ${change.padEnd(7)}`);
}

/** Text in the colour of a change; plain where standard output is no terminal or NO_COLOR is set. */
export function coloured(change: Change, text: string): string {
  return styleText(COLOURS[change], text, { stream: process.stdout });
}

/** `3 to create, 1 to update, 55 unchanged` or, of what is done, `3 created, ...`. */
export function countsText(changes: Readonly<Record<Change, number>>, planned: boolean): string {
  const past = { create: "created", update: "updated", replace: "replaced", delete: "deleted" };
  const parts = (["create", "update", "replace", "delete"] as const)
    .filter((change) => changes[change] > 0)
    .map((change) => {
      const text = `${changes[change]} ${planned ? `to ${change}` : past[change]}`;
      return coloured(change, text);
    });
  if (changes.same > 0) parts.push(`${changes.same} unchanged`);
  return parts.length > 0 ? parts.join(", ") : "nothing declared";
}

/**
 * One changed property in a line: `path: old -> new`, and `path: new` for a resource of which nothing was there.
 * @param of.whole Whether long values stay whole.
 */
export function propertyLine(
  { path, old, new: news, replace }: PropertyChange,
  of: { readonly change: Change; readonly whole?: boolean },
): string {
  const shown = (value: unknown): string =>
    cut(value === undefined ? "(none)" : JSON.stringify(value), of.whole === true);
  // A drift that a refresh took over has a place and no values.
  if (old === undefined && news === undefined) return path;
  const text =
    of.change === "create" ? `${path}: ${shown(news)}` : `${path}: ${shown(old)} -> ${shown(news)}`;
  return replace === true ? `${text}  (calls for a replacement)` : text;
}

function cut(text: string, whole: boolean): string {
  return !whole && text.length > 160 ? `${text.slice(0, 157)}...` : text;
}
