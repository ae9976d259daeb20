import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { contentOf } from "../../../../../cli/cache/image-content.ts";
import type { CachedImage } from "../../../../../cli/cache/cached-image.ts";
import type { Store } from "../../../../../cli/cache/store/store.ts";
import { sha256 } from "../../../../../oci/digest.ts";

/** Reads every byte of every image that a store lists, and says which images those are: `main ci-image/cuda12.8@sha256:...`. */
export async function readWhole(store: Store): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const channel of await store.channels()) {
    for (const image of await store.images(channel)) {
      await assertWhole(store, image);
      seen.push(`${channel} ${name(image)}`);
    }
  }
  for (const image of await store.former()) {
    await assertWhole(store, image);
    seen.push(`former ${name(image)}`);
  }
  return seen;
}

export function name({ label, descriptor }: CachedImage): string {
  return `${label}@${descriptor.digest}`;
}

async function assertWhole(store: Store, image: CachedImage): Promise<void> {
  const { all } = await contentOf(store, image);
  for (const { digest, size } of all) {
    const bytes = await readFile(store.blobPath(digest));
    assert.equal(sha256(bytes), digest);
    assert.equal(bytes.length, size);
    assert.equal((await stat(store.blobPath(digest))).mode & 0o777, 0o644);
  }
}

/** Files of writers that were killed: blobs under way, their records, temporary files. */
export async function leftovers(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true });
  return [
    ...found.filter((path) => path.endsWith(".tmp")),
    ...(await readdir(join(folder, "partial"))),
  ];
}
