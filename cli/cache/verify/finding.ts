import { createHash } from "node:crypto";
import { lstat } from "node:fs/promises";
import { relative } from "node:path";
import type { SizedBlob } from "../../../rules/cache-sizes.ts";
import { ifThere, onDisk } from "../store/disk-faults.ts";
import { openQuietly } from "../store/open-for-reading.ts";
import type { Store } from "../store/store.ts";

/** Something in a store that is not as it should be. */
export interface StoreFinding {
  readonly kind: "missing" | "short" | "damaged" | "mode" | "owner" | "orphan" | "strange";
  /** Below the store: `blobs/sha256/...`. */
  readonly path: string;
  /** `main: ci-image/rocm` for each image that has it; none for what no image has. */
  readonly images: readonly string[];
  readonly message: string;
}

/** A blob with the images that have it. */
export interface UsedBlob extends SizedBlob {
  readonly images: readonly string[];
}

const READ_BYTES = 256 * 1024;

export function blobFinding(
  store: Store,
  kind: StoreFinding["kind"],
  { digest, images }: UsedBlob,
  message: string,
): StoreFinding {
  return { kind, path: relative(store.folder, store.blobPath(digest)), images, message };
}

/** What is wrong with a blob as far as its file tells without being read. */
export async function faultOutside(
  store: Store,
  blob: UsedBlob,
): Promise<StoreFinding | undefined> {
  const stats = await ifThere(() => lstat(store.blobPath(blob.digest)));
  if (stats === undefined) return blobFinding(store, "missing", blob, "is missing");
  if (!stats.isFile()) return blobFinding(store, "strange", blob, "is no file");
  if (stats.size === blob.size) return undefined;
  const message = `has ${stats.size} bytes in place of ${blob.size}`;
  return blobFinding(store, "short", blob, message);
}

/** What is wrong with a blob's bytes. */
export async function faultInside(store: Store, blob: UsedBlob): Promise<StoreFinding | undefined> {
  const found = await digestOf(store, blob.digest);
  if (found === blob.digest) return undefined;
  if (found === undefined) return blobFinding(store, "missing", blob, "is missing");
  return blobFinding(store, "damaged", blob, `is damaged: its bytes are those of ${found}`);
}

/** The digest of a blob's bytes; undefined where there is no file. Reading them is no use of the image. */
export async function digestOf(store: Store, digest: string): Promise<string | undefined> {
  const path = store.blobPath(digest);
  return onDisk(path, async () => {
    const file = await ifThere(() => openQuietly(path));
    if (file === undefined) return undefined;
    try {
      const hash = createHash("sha256");
      // One piece for all: a stream's are new ones each, and gigabytes of them pile up before any is freed.
      const piece = Buffer.allocUnsafe(READ_BYTES);
      for (;;) {
        const { bytesRead } = await file.read(piece, 0, piece.length, null);
        if (bytesRead === 0) return `sha256:${hash.digest("hex")}`;
        hash.update(piece.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  });
}
