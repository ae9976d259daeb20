import { lstat } from "node:fs/promises";
import type { Descriptor } from "../../../oci/media-types.ts";
import { formatBytes } from "../../../rules/byte-size.ts";
import { UserError } from "../../../rules/problems.ts";
import { freeBytes, ifThere } from "../store/disk-faults.ts";
import { StorePaths } from "../store/paths.ts";
import type { Store } from "../store/store.ts";

/** Bytes of a block as files count them, whatever the file system's own are. @see https://man7.org/linux/man-pages/man3/stat.3type.html */
const BLOCK = 512;

/** What blobs still need of the disk, in bytes: each once, without those that are there, less what of them is under way. */
export async function bytesNeeded(
  store: Pick<Store, "folder" | "has">,
  blobs: readonly Descriptor[],
): Promise<number> {
  const paths = new StorePaths(store.folder);
  const distinct = new Map(blobs.map((blob) => [blob.digest, blob]));
  let bytes = 0;
  for (const blob of distinct.values()) {
    if (await store.has(blob)) continue;
    const partial = await ifThere(() => lstat(paths.partial(blob.digest)));
    // Segments are written where they belong, with gaps between them that take no blocks.
    bytes += Math.max(blob.size - (partial?.blocks ?? 0) * BLOCK, 0);
  }
  return bytes;
}

/**
 * Makes sure that a store can take bytes and has a reserve left then.
 * @throws UserError that says how much is missing and how to get it
 */
export async function refuseWithoutSpace(
  store: Pick<Store, "folder">,
  needed: number,
  reserve: number,
): Promise<void> {
  // A run that has nothing to fetch harms no disk.
  if (needed === 0) return;
  const free = await freeBytes(store.folder);
  const missing = needed + reserve - free;
  if (missing <= 0) return;
  throw new UserError(
    `${store.folder}: ${formatBytes(needed)} are to be fetched and ${formatBytes(reserve)} are to stay free (--reserve), and ${formatBytes(free)} are free: ${formatBytes(missing)} are missing. ` +
      "Nothing was fetched. Make room, e.g. by slipway cache gc, refresh fewer images (--image), or lower --reserve",
  );
}
