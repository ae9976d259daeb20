import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from "yaml";
import { remembered } from "../../rules/remembered.ts";
import type { TreeFile, YamlPath } from "../../rules/workflow-tree.ts";

const WORKFLOWS = ".github/workflows/*.{yml,yaml}";
const ACTIONS = ["action.{yml,yaml}", ".github/actions/**/action.{yml,yaml}"];

/** A file of a checkout and its bytes. */
export interface SourceFile {
  /** Path in the checkout. */
  readonly file: string;
  readonly kind: TreeFile["kind"];
  readonly content: Buffer;
}

/** Workflows and actions of a checkout, by their paths. */
export async function workflowSources(checkout: string): Promise<readonly SourceFile[]> {
  const sources: SourceFile[] = [];
  for (const [kind, patterns] of [
    ["workflow", [WORKFLOWS]],
    ["action", ACTIONS],
  ] as const) {
    for await (const file of glob(patterns, { cwd: checkout })) {
      sources.push({ file, kind, content: await readFile(join(checkout, file)) });
    }
  }
  return sources.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/**
 * What a file holds and where; undefined for one that is no YAML, or whose aliases repeat too much. Each is read once, whatever
 * the number of rules that look at it.
 */
export const readTree: (source: SourceFile) => TreeFile | undefined = remembered(readSource);

function readSource({ file, kind, content }: SourceFile): TreeFile | undefined {
  const lines = new LineCounter();
  const document = parseDocument(content.toString("utf8"), { lineCounter: lines });
  if (document.errors.length > 0) return undefined;
  try {
    const root: unknown = document.toJS();
    return {
      ...{ file, kind, root },
      lineOf: (path) => lines.linePos(offsetOf(document, path)).line,
      commentOf: (path) => nodeAt(document, path)?.comment ?? undefined,
    };
  } catch {
    return undefined;
  }
}

/** The node at a path, through aliases; undefined where there is none. */
export function nodeAt(document: Document, path: YamlPath): Node | undefined {
  let node = followed(document, document.contents);
  for (const key of path) {
    if (!isCollection(node)) return undefined;
    node = followed(document, node.get(key, true));
  }
  return node;
}

/** Where the key of a path begins, or the item; where it is missing, what would hold it. */
function offsetOf(document: Document, path: YamlPath): number {
  let offset = 0;
  let node = followed(document, document.contents);
  for (const key of path) {
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find(({ key: own }) => isScalar(own) && String(own.value) === String(key))
      : undefined;
    const below = followed(document, node.get(key, true));
    const begin = isScalar(pair?.key) ? pair.key.range?.[0] : below?.range?.[0];
    if (begin === undefined) break;
    offset = begin;
    node = below;
  }
  return offset;
}

function followed(document: Document, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document);
  return (node ?? undefined) as Node | undefined;
}
