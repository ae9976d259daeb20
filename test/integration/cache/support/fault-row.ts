import assert from "node:assert/strict";

/** One line of the fault table. */
export interface FaultRow {
  /** What the fault is, and where it struck. */
  readonly name: string;
  /** What the faulty run did: killed, said why it failed, or went on. */
  readonly end: string;
  /** Which images readers saw while it struck and after it, whole; empty where none could read. */
  readonly readers: "old" | "new" | "old and new" | "";
  /** How often readers read everything meanwhile. */
  readonly rounds: number;
}

/** A row that can be tried; what it throws is a loss. */
export interface FaultTrial {
  readonly name: string;
  /** Why it cannot be tried here. */
  readonly skip?: string;
  run(): Promise<Omit<FaultRow, "name">>;
}

/**
 * Which of two states readers saw.
 * @throws AssertionError when they saw a third
 */
export function readersSaw(
  seen: ReadonlySet<string>,
  old: ReadonlySet<string>,
  now: ReadonlySet<string>,
): FaultRow["readers"] {
  const strange = [...seen].filter((digest) => !old.has(digest) && !now.has(digest));
  assert.deepEqual(strange, [], "readers saw images that nobody published");
  const sawNew = [...seen].some((digest) => now.has(digest) && !old.has(digest));
  const sawOld = [...seen].some((digest) => old.has(digest) && !now.has(digest));
  if (sawNew && sawOld) return "old and new";
  return sawNew ? "new" : "old";
}

/** What a failed run says, short enough for a table. */
export function shortly(message: string, length = 100): string {
  const line = message
    .replaceAll(/sha256:([0-9a-f]{8})[0-9a-f]{56}/g, "$1")
    .replaceAll(/\/\S*\/slipway-cache-faults-\w+\//g, "")
    .replaceAll("\n", " ");
  return line.length > length ? `${line.slice(0, length - 3)}...` : line;
}
