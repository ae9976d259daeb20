import {
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Edit, ListItem } from "../../rules/workflow-tree.ts";
import { nodeAt } from "./check-tree.ts";

/**
 * The text of a file with edits in it. What no edit is about stays byte for byte as it is: the text is not written anew,
 * the nodes of the document only tell which part of it to replace. An edit whose place is not there, or not written in
 * lines of its own, is left undone.
 */
export function withEdits(text: string, edits: readonly Edit[]): string {
  let edited = text;
  // One after the other, since each moves the places of the others.
  for (const edit of edits) {
    const once = edit.kind === "set" ? set(edited, edit) : remove(edited, edit);
    if (parseDocument(once).errors.length === 0) edited = once;
  }
  return edited;
}

function set(text: string, { path, value, comment }: Extract<Edit, { kind: "set" }>): string {
  const document = parseDocument(text);
  const node = nodeAt(document, path);
  const holder = nodeAt(document, path.slice(0, -1));
  if (node === undefined) {
    const key = path.at(-1);
    return isMap(holder) && typeof key === "string" ? inserted(text, holder, key, value) : text;
  }
  const [begin, end] = rangeOf(node);
  if (isSeq(node) && node.flow !== true && Array.isArray(value)) {
    return reconciled(text, node, value as readonly ListItem[]);
  }
  const replaced = `${text.slice(0, begin)}${scalarText(value)}`;
  const rest = text.slice(end);
  if (comment === undefined) return replaced + rest;
  return `${replaced} # ${comment}${rest.slice(lineEnd(rest, 0))}`;
}

/** A key and its value as a line of their own behind the map's last. */
function inserted(text: string, map: YAMLMap, key: string, value: unknown): string {
  const last = map.items.at(-1);
  if (map.flow === true || last === undefined || !isScalar(last.key)) return text;
  const indent = columnOf(text, rangeOf(last.key)[0]);
  const end = lineEnd(text, endOf(last));
  const written = scalarText(value);
  const line = `${" ".repeat(indent)}${key}:${written === "" ? "" : ` ${written}`}`;
  return `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}

/** A list in lines with the wanted items: those that stay keep their lines and comments. */
function reconciled(text: string, list: YAMLSeq, wanted: readonly ListItem[]): string {
  const items = list.items.filter((item) => isScalar(item) || isMap(item));
  const [first] = items;
  if (first === undefined || items.length !== list.items.length) return text;
  const begin = lineBegin(text, rangeOf(first)[0]);
  const dash = /^\s*-\s+/.exec(text.slice(begin))?.[0] ?? "- ";
  const segments = new Map<string, string>();
  let from = begin;
  for (const item of items) {
    const end = lineEnd(text, endOf(item));
    const label = labelOf(item.toJSON());
    if (!segments.has(label)) segments.set(label, text.slice(from, end));
    from = end + 1;
  }
  const byLabel = new Map(wanted.map((item) => [labelOf(item), item]));
  const kept = [...segments.keys()].filter((label) => byLabel.has(label));
  const lines = inOrder(kept, [...byLabel.keys()]).map((label) => {
    const item = byLabel.get(label) ?? label;
    return segments.get(label) ?? `${dash}${itemText(item, dash.length)}`;
  });
  return `${text.slice(0, begin)}${lines.join("\n")}${text.slice(from - 1)}`;
}

/** What tells the items of a list apart: a text itself, of a map what it holds, in whatever order. */
function labelOf(item: unknown): string {
  if (typeof item !== "object" || item === null) return String(item);
  return JSON.stringify(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** An item behind its dash, a map with one key a line. */
function itemText(item: ListItem, indent: number): string {
  if (typeof item === "string") return scalarText(item);
  const lines = Object.entries(item).map(([key, value]) => `${key}: ${scalarText(value)}`);
  return lines.join(`\n${" ".repeat(indent)}`);
}

/** The kept items in their own order, and each new one behind the one that it follows in the wanted order. */
function inOrder(kept: readonly string[], wanted: readonly string[]): readonly string[] {
  const ordered = [...kept];
  for (const [index, item] of wanted.entries()) {
    if (ordered.includes(item)) continue;
    const before = wanted.slice(0, index).findLast((one) => ordered.includes(one));
    ordered.splice(before === undefined ? 0 : ordered.indexOf(before) + 1, 0, item);
  }
  return ordered;
}

/** Takes a key with its value out, and the comments and the blank line right above it. */
function remove(text: string, { path }: Extract<Edit, { kind: "remove" }>): string {
  const document = parseDocument(text);
  const map = nodeAt(document, path.slice(0, -1));
  if (!isMap(map) || map.flow === true) return text;
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  if (pair === undefined || !isScalar(pair.key) || map.items.length === 1) return text;
  const end = lineEnd(text, endOf(pair));
  let begin = lineBegin(text, rangeOf(pair.key)[0]);
  for (let above = lineAbove(text, begin); /^\s*#/.test(above); above = lineAbove(text, begin)) {
    begin -= above.length;
  }
  const above = lineAbove(text, begin);
  if (above.trim() === "") begin -= above.length;
  return text.slice(0, begin) + text.slice(end + 1);
}

function scalarText(value: unknown): string {
  if (value === null) return "";
  const layout = { lineWidth: 0, collectionStyle: "flow", flowCollectionPadding: false } as const;
  return stringify(value, layout).trimEnd();
}

/** Where the last thing of a node is written. */
function endOf(part: Node | Pair): number {
  if (isPair(part)) {
    const { key, value } = part as Pair<Node, Node | null>;
    return value === null || isEmpty(value) ? rangeOf(key)[1] : endOf(value);
  }
  const last = isCollection(part) && part.flow !== true ? part.items.at(-1) : undefined;
  if (last !== undefined) return endOf(last as Node | Pair);
  const [begin, end] = rangeOf(part);
  // A text in lines of its own ends behind its last line.
  return Math.max(begin, end - 1);
}

function isEmpty(node: Node): boolean {
  const [begin, end] = rangeOf(node);
  return begin === end;
}

function rangeOf(node: Node): readonly [begin: number, end: number] {
  const [begin, end] = node.range ?? [0, 0];
  return [begin, end];
}

function columnOf(text: string, offset: number): number {
  return offset - lineBegin(text, offset);
}

function lineBegin(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Where the line of an offset ends, before its line feed. */
function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}

/** The line above the one that begins at an offset, with its line feed; empty at the beginning. */
function lineAbove(text: string, begin: number): string {
  return begin === 0 ? "" : text.slice(lineBegin(text, begin - 1), begin);
}
