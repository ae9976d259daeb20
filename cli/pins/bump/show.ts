import { createTwoFilesPatch } from "diff";
import { printable } from "../../../rules/printable.ts";
import type { Place } from "../../../rules/pins/place.ts";
import type { BumpPlan } from "./plan.ts";
import type { FileChange } from "./whole-file.ts";

/** What a terminal might take for a command, or not show at all. */
const HIDDEN = /(?![\t\n])[\p{C}\p{Default_Ignorable_Code_Point}]/gu;

/** The difference, file by file, and a line for each image and for each place that is left. */
export function planText({ files, moves, left }: BumpPlan, dryRun: boolean): string {
  const lines = moves.map(({ image, from, to, places }) => {
    const count = `${plural(places.length, "place")} in ${plural(filesOf(places), "file")}`;
    const old = from.filter((digest) => digest !== to).map(short);
    // What had the digest already had it behind the name of the candidates.
    const before = old.length === 0 ? "its candidates' name" : old.join(" and ");
    return `${image}: ${count}, ${before} -> ${short(to)}`;
  });
  const rest = left.map(({ place, why }) => {
    return `left ${printable(place.file, 500)}:${place.line}: ${printable(why, 500)}`;
  });
  const end = dryRun ? ["Nothing was written: --dry-run."] : [];
  const isDone = left.every(({ held }) => held);
  const nothing = isDone
    ? "Every pin is what it should be; nothing was written."
    : "Nothing was written.";
  const none = files.length === 0 ? [nothing] : end;
  return [
    ...files.map(difference),
    ...[...lines, ...rest, ...none].map((line) => `${line}\n`),
  ].join("");
}

/** The same for machines. */
export function planJson({ files, moves, left }: BumpPlan): object {
  return {
    images: moves.map(({ image, from, to, places }) => {
      return { image, from, to, places: places.map(placeJson) };
    }),
    files: files.map(({ path }) => path),
    left: left.map(({ place, why, held }) => ({ ...placeJson(place), why, held })),
  };
}

function placeJson({ file, line, column }: Place) {
  return { file, line, column };
}

/** As a patch that git applies where the file is UTF-8; other bytes are shown as they can be. */
function difference({ path, before, after }: FileChange): string {
  const [old, now] = [before.toString(), after.toString()];
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, old, now, "", "", { context: 3 })
    .replace(/^=+\n/, "")
    .replaceAll(HIDDEN, "\u{fffd}");
}

function filesOf(places: readonly Place[]): number {
  return new Set(places.map(({ file }) => file)).size;
}

function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function short(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}
