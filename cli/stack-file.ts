import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import {
  type Document,
  isMap,
  parseDocument,
  Scalar,
  type ToStringOptions,
  type YAMLMap,
} from "yaml";
import { withLock } from "../local/lock.ts";
import { UserError } from "../rules/problems.ts";
import { PROJECT_ROOT } from "./project-root.ts";

/** A value of a stack's configuration. */
export interface Entry {
  /** Keys below `config`: `["slipway:ownerId"]`. */
  readonly path: readonly [string, ...string[]];
  readonly value: string | number | Readonly<Record<string, string>>;
}

/** How a file may be laid out: `yaml` does not note how the one that it read is. */
const LAYOUTS: readonly ToStringOptions[] = [2, 4].flatMap((indent) =>
  [true, false].flatMap((indentSeq) =>
    [false, true].map((flowCollectionPadding) => {
      return { indent, indentSeq, flowCollectionPadding, lineWidth: 0 };
    }),
  ),
);
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Writes values into the configuration of a stack's file, whole or not at all, and after whoever writes into it now.
 * @param say takes a line of progress
 * @throws UserError as {@link withEntries}, or when another process does not leave the file
 */
export async function writeEntries(
  stack: string,
  entries: readonly Entry[],
  say: (line: string) => void,
): Promise<void> {
  const file = `Pulumi.${stack}.yaml`;
  const path = join(PROJECT_ROOT, file);
  const lock = { onProgress: say, patienceMilliseconds: PATIENCE_MILLISECONDS };
  await withLock(join(PROJECT_ROOT, ".slipway"), file, lock, async () => {
    const text = await readFile(path, "utf8");
    await writeFileAtomic(path, withEntries(text, file, entries));
  });
}

/**
 * The text of a stack's file with values in its configuration, in place of older ones. All else stays as it is, comments
 * too, and the layout as far as `yaml` can write it.
 * @param file its name, for errors
 * @throws UserError when the text is no YAML, or a place in it is no map that can be added to
 */
export function withEntries(text: string, file: string, entries: readonly Entry[]): string {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new UserError(`${file}: ${error.message}`);
  const layout = layoutOf(document, text);
  const config = mapBelow(document, mapAt(document.contents, file), "config", file);
  for (const { path, value } of entries) {
    const keys = [...path];
    const last = keys.pop();
    let map = config;
    for (const key of keys) map = mapBelow(document, map, key, file);
    map.set(last, typeof value === "object" ? mapOf(document, value) : value);
  }
  return document.toString(layout);
}

function mapOf(document: Document, values: Readonly<Record<string, string>>): YAMLMap {
  const map = document.createNode({ ...values }) as YAMLMap<Scalar, Scalar>;
  // Other readers of YAML would take a day for a time, and the id of a key for a number.
  for (const { value } of map.items) if (value !== null) value.type = Scalar.QUOTE_DOUBLE;
  return map;
}

/** The layout in which most lines of a text stay as they are. */
function layoutOf(document: Document, text: string): ToStringOptions {
  const lines = new Set(text.split("\n"));
  const kept = (layout: ToStringOptions) =>
    document
      .toString(layout)
      .split("\n")
      .filter((line) => lines.has(line)).length;
  return LAYOUTS.reduce((best, layout) => (kept(layout) > kept(best) ? layout : best));
}

/** The map at a key, made where there is none. */
function mapBelow(document: Document, map: YAMLMap, key: string, file: string): YAMLMap {
  const node = map.get(key, true);
  if (node === undefined) {
    const made = document.createNode({});
    map.set(key, made);
    return made;
  }
  return mapAt(node, `${file}: ${key}`);
}

function mapAt(node: unknown, place: string): YAMLMap {
  if (isMap(node)) {
    // An empty map is written {}, behind which no block fits.
    if (node.items.length === 0) node.flow = false;
    return node;
  }
  throw new UserError(
    `${place}: not a map of its own that a value could be added to; write it out`,
  );
}
