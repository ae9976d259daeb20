import { lstat } from "node:fs/promises";
import type { Descriptor } from "../../../oci/media-types.ts";
import { formatBytes } from "../../../rules/byte-size.ts";
import { UserError } from "../../../rules/problems.ts";
import { freeBytes, ifThere } from "../store/disk-faults.ts";
import { StorePaths } from "../store/paths.ts";
import type { Store } from "../store/store.ts";

/** Bytes of a block as files count them, whatever the file system's own are. @see https://man7.org/linux/man-pages/man3/stat.3type.html */
const BLOCK = 512;

/** Those that a store has not, each once. */
export async function missingBlobs<Blob extends Pick<Descriptor, "digest" | "size">>(
  store: Pick<Store, "has">,
  blobs: readonly Blob[],
): Promise<readonly Blob[]> {
  const missing: Blob[] = [];
  for (const blob of new Map(blobs.map((one) => [one.digest, one])).values()) {
    if (!(await store.has(blob))) missing.push(blob);
  }
  return missing;
}

/** What missing blobs still need of the disk, in bytes: without what of them is under way. */
export async function bytesNeeded(
  { folder }: Pick<Store, "folder">,
  missing: readonly Pick<Descriptor, "digest" | "size">[],
): Promise<number> {
  const paths = new StorePaths(folder);
  const needed = missing.map(async ({ digest, size }) => {
    const partial = await ifThere(() => lstat(paths.partial(digest)));
    // Segments are written where they belong, with gaps between them that take no blocks.
    return Math.max(size - (partial?.blocks ?? 0) * BLOCK, 0);
  });
  return (await Promise.all(needed)).reduce((sum, bytes) => sum + bytes, 0);
}

/** What is looked at before bytes are fetched; all in bytes. */
export interface Room {
  readonly needed: number;
  /** What other runs still need besides. */
  readonly byOthers: number;
  /** What stays free. */
  readonly reserve: number;
}

/**
 * Makes sure that a store can take bytes and has a reserve left then.
 * @throws UserError that says how much is missing and how to get it
 */
export async function refuseWithoutSpace(
  store: Pick<Store, "folder">,
  { needed, byOthers, reserve }: Room,
): Promise<void> {
  // A run that has nothing to fetch harms no disk.
  if (needed === 0) return;
  const free = await freeBytes(store.folder);
  const missing = needed + byOthers + reserve - free;
  if (missing <= 0) return;
  const others = byOthers === 0 ? "" : `, ${formatBytes(byOthers)} by other runs`;
  throw new UserError(
    `${store.folder}: ${formatBytes(needed)} are to be fetched${others} and ${formatBytes(reserve)} are to stay free (--reserve), and ${formatBytes(free)} are free: ${formatBytes(missing)} are missing. ` +
      "Nothing was fetched. Make room, e.g. by slipway cache gc, refresh fewer images (--image), or lower --reserve",
  );
}
