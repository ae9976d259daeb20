import {
  type Document,
  isMap,
  parseDocument,
  Scalar,
  type ToStringOptions,
  type YAMLMap,
} from "yaml";
import type { SealedValue } from "../../rules/declared-secrets.ts";
import { NAMESPACE } from "../../rules/configuration.ts";
import { UserError } from "../../rules/problems.ts";

const KEY = `${NAMESPACE}sealedSecrets`;
/** How a file may be laid out: `yaml` does not note how the one that it read is. */
const LAYOUTS: readonly ToStringOptions[] = [2, 4].flatMap((indent) =>
  [true, false].flatMap((indentSeq) =>
    [false, true].map((flowCollectionPadding) => {
      return { indent, indentSeq, flowCollectionPadding, lineWidth: 0 };
    }),
  ),
);

/**
 * The text of a stack's file with the sealed value of one secret in it, in place of an older one. All else stays as it
 * is, comments too, and the layout as far as `yaml` can write it.
 * @param file its name, for errors
 * @throws UserError when the text is no YAML, or the place in it is no map that can be added to
 */
export function withSealedValue(
  text: string,
  file: string,
  { environment, name }: { readonly environment: string; readonly name: string },
  sealed: SealedValue,
): string {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new UserError(`${file}: ${error.message}`);
  const layout = layoutOf(document, text);
  let map = mapAt(document.contents, file);
  for (const key of ["config", KEY, environment]) map = mapBelow(document, map, key, file);
  const entry = document.createNode({ ...sealed }) as YAMLMap<Scalar, Scalar>;
  // Other readers of YAML would take a day for a time, and the id of a key for a number.
  for (const { value } of entry.items) if (value !== null) value.type = Scalar.QUOTE_DOUBLE;
  map.set(name, entry);
  return document.toString(layout);
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
