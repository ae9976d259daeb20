import { bytesTogether, type BlobUser } from "./cache-sizes.ts";

/** An image that no channel has any more. */
export interface FormerUse extends BlobUser {
  readonly digest: string;
  readonly label: string;
  /** When a job last used it, or it came: milliseconds since 1970. */
  readonly lastUsed: number;
  /** Whether somebody reads it now. */
  readonly isLeased: boolean;
}

/** What a store is to be brought down to. */
export interface CollectionLimit {
  /** Bytes that may stay. */
  readonly maxBytes: number;
  /** Former images that were used since stay: milliseconds since 1970. */
  readonly keptSince: number;
}

/**
 * The former images that go: the least recently used first, until what stays is within the limit. One that is being read, or
 * was used of late, stays whatever the limit is; so does all that a channel has.
 * @param listed the images of channels
 * @param others bytes that are no image's
 */
export function formerToForget<Image extends FormerUse>(
  former: readonly Image[],
  listed: readonly BlobUser[],
  others: number,
  { maxBytes, keptSince }: CollectionLimit,
): readonly Image[] {
  const mayGo = former
    .filter(({ isLeased, lastUsed }) => !isLeased && lastUsed < keptSince)
    .sort(
      (a, b) => a.lastUsed - b.lastUsed || compare(a.label, b.label) || compare(a.digest, b.digest),
    );
  const staying = new Set<BlobUser>([...listed, ...former]);
  const going: Image[] = [];
  for (const image of mayGo) {
    if (others + bytesTogether([...staying]) <= maxBytes) break;
    staying.delete(image);
    going.push(image);
  }
  return going;
}

/** What a killed run left is given up after this long: no run lasts a day. Milliseconds. */
const STALE_AFTER = 86_400_000;

/**
 * Whether a file that no index knows is left from a run that is over, and not of one that is under way.
 * @param modified milliseconds since 1970
 */
export function isLeftover(modified: number, now: number): boolean {
  return now - modified > STALE_AFTER;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
