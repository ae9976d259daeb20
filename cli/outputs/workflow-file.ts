import { isUtf8 } from "node:buffer";
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Document,
  type Node,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";
import { remembered } from "../../rules/remembered.ts";
import { possibleTexts } from "./expression.ts";
import type { Job, Place, Position, Texts } from "./place.ts";

/** A file of a folder of workflows. */
export interface WorkflowFile {
  readonly kind: "workflow" | "action" | "other";
  readonly places: readonly Place[];
  readonly jobs: readonly Job[];
  /** Why it cannot be read. */
  readonly faults: readonly (Position & { readonly message: string })[];
}

type AnyMap = YAMLMap;
type Around = Omit<Place, "text" | "at">;

const NONE: Texts = new Map();
/** Aliases may repeat a lot; no workflow holds as many texts. */
const MOST_PLACES = 50_000;

/**
 * Reads a file of workflows or actions; its bytes once, whatever the number of stacks that they are checked for.
 * @param content its bytes, which GitHub takes as UTF-8, or its text
 */
export function readWorkflowFile(content: Buffer | string): WorkflowFile {
  return readOnce(typeof content === "string" ? Buffer.from(content) : content);
}

const readOnce = remembered((content: Buffer): WorkflowFile => {
  const text = content.toString("utf8");
  const foreign = foreignBytes(content);
  if (foreign !== undefined) return { kind: "other", places: [], jobs: [], faults: [foreign] };
  const lines = new LineCounter();
  // The parser compares each key of a map with every other.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false };
  const document = parseDocument(text, options);
  const { targets, repeated } = survey(document);
  const faults = [
    ...document.errors.map(({ message, pos: [offset] }) => ({ offset, message })),
    ...repeated.map((offset) => ({ offset, message: "has a key twice in one map" })),
  ].map(({ offset, message }) => ({ ...positionAt(lines, offset), message }));
  const root = document.contents;
  if (faults.length > 0 || !isMap(root)) return { kind: "other", places: [], jobs: [], faults };
  return new Reader(text, lines, targets).read(root);
});

/** Where a file is not what GitHub reads: text in UTF-8. */
function foreignBytes(bytes: Buffer): WorkflowFile["faults"][number] | undefined {
  // UTF-16 without a mark at its beginning is UTF-8, too: every other byte is a NUL.
  const isForeign = (text: Buffer) => !isUtf8(text) || text.includes(0);
  if (!isForeign(bytes)) return undefined;
  let begin = 0;
  for (let line = 1; ; line++) {
    const newline = bytes.indexOf("\n", begin);
    const written = bytes.subarray(begin, newline < 0 ? bytes.length : newline);
    if (isForeign(written)) {
      const column = written.toString("utf8").search(/[\0\ufffd]/) + 1;
      return { line, column, message: "is no text in UTF-8, which GitHub reads workflows in" };
    }
    begin = newline + 1;
  }
}

/** What each alias of a document stands for, and where a map has a key for a second time; in one pass. */
function survey(document: Document): {
  readonly targets: ReadonlyMap<Node, Node>;
  readonly repeated: readonly number[];
} {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  const repeated: number[] = [];
  visit(document, {
    Alias(_, alias) {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value(_, node) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node);
    },
    Map(_, map) {
      if (map.anchor !== undefined) anchors.set(map.anchor, map);
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) repeated.push(key.range?.[0] ?? 0);
        keys.add(key.value);
      }
    },
  });
  return { targets, repeated };
}

class Reader {
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #targets: ReadonlyMap<Node, Node>;
  readonly #places: Place[] = [];
  readonly #jobs: Job[] = [];
  /** What is being read, to notice an anchor that holds itself. */
  readonly #open = new Set<Node>();

  constructor(text: string, lines: LineCounter, targets: ReadonlyMap<Node, Node>) {
    this.#text = text;
    this.#lines = lines;
    this.#targets = targets;
  }

  read(root: AnyMap): WorkflowFile {
    const jobs = this.#child(root, "jobs");
    const isAction = isMap(this.#child(root, "runs"));
    const kind = isMap(jobs) ? "workflow" : isAction ? "action" : "other";
    if (kind !== "other") {
      const env = this.#env(root, NONE);
      for (const [key, value] of this.#entries(root)) {
        if (key === "jobs" && isMap(jobs)) {
          for (const [name, job] of this.#entries(jobs)) this.#readJob(name, job, env);
        } else {
          this.#walk(value, { path: [key], env, beside: NONE });
        }
      }
    }
    const tooMany = this.#places.length >= MOST_PLACES;
    const faults = tooMany ? [{ line: 1, column: 1, message: "holds too much to be read" }] : [];
    return { kind, places: this.#places, jobs: this.#jobs, faults };
  }

  #readJob(name: string, node: Node | undefined, outer: Texts): void {
    if (!isMap(node)) return;
    const job = { name, ...this.#environment(this.#child(node, "environment")) };
    this.#jobs.push(job);
    const env = this.#env(node, outer);
    for (const [key, value] of this.#entries(node)) {
      this.#walk(value, { path: ["jobs", name, key], job, env, beside: NONE });
    }
  }

  /** What a job says of its environment: a name, or a map with one. */
  #environment(node: Node | undefined): Omit<Job, "name"> {
    if (node === undefined) return { environments: [] };
    const name = isMap(node) ? this.#child(node, "name") : node;
    if (!isScalar(name)) return { environments: undefined };
    return { environments: possibleTexts(textOf(name)), environmentAt: this.#at(name, 0, "") };
  }

  #walk(node: Node | undefined, around: Around): void {
    if (node === undefined || this.#open.has(node) || this.#places.length >= MOST_PLACES) return;
    if (isScalar(node)) {
      const at = (offset: number, part: string) => this.#at(node, offset, part);
      this.#places.push({ ...around, text: textOf(node), at });
      return;
    }
    this.#open.add(node);
    const below = (key: string) => [...around.path, key];
    if (isMap(node)) {
      const env = this.#env(node, around.env);
      const beside = this.#texts(node);
      for (const [key, value] of this.#entries(node)) {
        this.#walk(value, { ...around, path: below(key), env, beside });
      }
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) {
        this.#walk(this.#follow(item), { ...around, path: below(String(index)) });
      }
    }
    this.#open.delete(node);
  }

  /** Environment variables of the map, over the outer ones. */
  #env(map: AnyMap, outer: Texts): Texts {
    const own = this.#child(map, "env");
    return isMap(own) ? new Map([...outer, ...this.#texts(own)]) : outer;
  }

  #texts(map: AnyMap): Texts {
    const texts = new Map<string, string>();
    for (const [key, value] of this.#entries(map)) {
      if (isScalar(value)) texts.set(key, textOf(value));
    }
    return texts;
  }

  #entries(map: AnyMap): readonly (readonly [string, Node | undefined])[] {
    return map.items.map(({ key, value }) => [
      isScalar(key) ? textOf(key) : "",
      this.#follow(value),
    ]);
  }

  #child(map: AnyMap, key: string): Node | undefined {
    return this.#follow(map.get(key, true));
  }

  #follow(node: unknown): Node | undefined {
    if (isAlias(node)) return this.#targets.get(node);
    return (node ?? undefined) as Node | undefined;
  }

  /** The text as it was read is not the text as it is written: quotes, folded lines. So its parts are found again. */
  #at(scalar: Scalar, offset: number, part: string): Position {
    const [begin, end] = scalar.range ?? [0, 0];
    if (part === "") return positionAt(this.#lines, begin);
    const written = this.#text.slice(begin, end);
    let found = written.indexOf(part);
    const before = textOf(scalar).slice(0, offset).split(part).length - 1;
    for (let passed = 0; passed < before && found >= 0; passed++) {
      found = written.indexOf(part, found + part.length);
    }
    return positionAt(this.#lines, begin + Math.max(found, 0));
  }
}

function textOf({ source, value }: Scalar): string {
  return typeof value === "string" ? value : (source ?? String(value));
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
