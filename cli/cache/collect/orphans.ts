import { unlink } from "node:fs/promises";
import { DIGEST } from "../../../rules/image-reference.ts";
import { onDisk } from "../store/disk-faults.ts";
import { StorePaths } from "../store/paths.ts";
import { syncFolder } from "../store/replace-file.ts";
import type { Store } from "../store/store.ts";
import { filesIn, type StoredFile } from "./files.ts";

type BlobFile = StoredFile & { readonly digest: string };

/**
 * Deletes the blobs that no image has, while nobody writes. No reader has them either: an image is forgotten only while nobody
 * leases it, and is leased only while an index lists it.
 * @param used digests that images have
 */
export async function deleteOrphans(store: Store, used: ReadonlySet<string>): Promise<void> {
  const folder = new StorePaths(store.folder).blobs;
  const orphans = (await blobsIn(folder)).filter(({ digest }) => !used.has(digest));
  for (const { digest, path } of orphans) {
    await store.step("blob-deleting", digest);
    await onDisk(path, () => unlink(path));
    await store.step("blob-deleted", digest);
  }
  if (orphans.length > 0) await syncFolder(folder);
}

/** The files in the folder of blobs whose names are digests'. */
export async function blobsIn(folder: string): Promise<readonly BlobFile[]> {
  return (await filesIn(folder))
    .map((file) => ({ ...file, digest: `sha256:${file.name}` }))
    .filter(({ digest }) => DIGEST.test(digest));
}
