import { createHash } from "node:crypto";

/*
 * The tree over the entries of a log.
 * @see https://www.rfc-editor.org/rfc/rfc6962#section-2.1
 */

/** Hash of an entry. */
export function leafHash(entry: Buffer): Buffer {
  return createHash("sha256")
    .update(Buffer.from([0]))
    .update(entry)
    .digest();
}

/** Hash of a log with these leaves, at least one. */
export function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only = Buffer.alloc(0), ...more] = leaves;
  if (more.length === 0) return only;
  const split = largestPower(leaves.length);
  return createHash("sha256")
    .update(Buffer.from([1]))
    .update(treeHash(leaves.slice(0, split)))
    .update(treeHash(leaves.slice(split)))
    .digest();
}

/** The hashes that lead from a leaf to the hash of the whole, from below. */
export function inclusionHashes(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length <= 1) return [];
  const split = largestPower(leaves.length);
  const left = leaves.slice(0, split);
  const right = leaves.slice(split);
  return index < split
    ? [...inclusionHashes(index, left), treeHash(right)]
    : [...inclusionHashes(index - split, right), treeHash(left)];
}

/** The largest power of two below a number. */
function largestPower(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
