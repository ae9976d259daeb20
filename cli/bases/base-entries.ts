import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isScalar, parseDocument } from "yaml";
import type { Family } from "../../catalog.ts";
import { UserError } from "../../rules/problems.ts";
import { suggestion } from "../../rules/suggestion.ts";

/** One base image as an `image.yaml` writes it. */
export interface BaseEntry {
  /** Of the family. */
  readonly family: string;
  /** Key in `bases`. */
  readonly name: string;
  /** `host/path:tag` */
  readonly image: string;
  /** `sha256:...` or `unresolved`. */
  readonly digest: string;
  /** What the family's images are built for. */
  readonly platforms: readonly string[];
  /** Absolute path of the `image.yaml`. */
  readonly file: string;
}

/** A text with some of its scalars replaced. */
interface Replaced {
  readonly text: string;
  /** Names of bases whose digest is not written in its place, as one word. */
  readonly unwritable: readonly string[];
}

/** Every base of some families, those that no image stands on too, in the order of the files. */
export async function baseEntries(families: Iterable<Family>): Promise<readonly BaseEntry[]> {
  const entries: BaseEntry[] = [];
  for (const { name: family, folder, platforms } of families) {
    const file = join(folder, "image.yaml");
    const { bases } = parseDocument(await readFile(file, "utf8"), {
      schema: "failsafe",
    }).toJS() as {
      bases: Readonly<Record<string, { readonly image: string; readonly digest: string }>>;
    };
    for (const [name, { image, digest }] of Object.entries(bases)) {
      entries.push({ family, name, image, digest, platforms, file });
    }
  }
  return entries;
}

/**
 * The entries that a user named, all where none is named.
 * @param wanted `FAMILY` or `FAMILY/BASE`
 * @throws UserError that lists every name that is none
 */
export function selectBases(
  entries: readonly BaseEntry[],
  wanted: readonly string[],
): readonly BaseEntry[] {
  if (wanted.length === 0) return entries;
  const label = ({ family, name }: BaseEntry) => `${family}/${name}`;
  const known = [...new Set(entries.flatMap((entry) => [entry.family, label(entry)]))];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    const lines = unknown.map(
      (name) => `${JSON.stringify(name)} is no family and no base${suggestion(name, known)}`,
    );
    throw new UserError(`${lines.join("\n")}\nthere are: ${known.join(", ")}`);
  }
  return entries.filter((entry) => wanted.includes(entry.family) || wanted.includes(label(entry)));
}

/**
 * Writes digests into the text of an `image.yaml`, and changes not a byte of anything else: comments, quotes and one-line
 * maps stay as they are.
 * @param digests by the base's key in `bases`
 */
export function writeDigests(text: string, digests: ReadonlyMap<string, string>): Replaced {
  const document = parseDocument(text, { schema: "failsafe" });
  const unwritable: string[] = [];
  const places: { readonly from: number; readonly to: number; readonly digest: string }[] = [];
  for (const [name, digest] of digests) {
    const node = document.getIn(["bases", name, "digest"], true);
    const [from, to] = isScalar(node) ? (node.range ?? [0, 0]) : [0, 0];
    const source = text.slice(from, to);
    const quote = /^["']/.exec(source)?.[0] ?? "";
    if (isScalar(node) && source === `${quote}${String(node.value)}${quote}` && source !== "") {
      places.push({ from: from + quote.length, to: to - quote.length, digest });
    } else unwritable.push(name);
  }
  let written = text;
  for (const { from, to, digest } of places.sort((a, b) => b.from - a.from)) {
    written = written.slice(0, from) + digest + written.slice(to);
  }
  return { text: written, unwritable };
}
