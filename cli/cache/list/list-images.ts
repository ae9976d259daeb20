import { bytesTogether, imageSizes } from "../../../rules/cache-sizes.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import { storeBytes } from "../collect/store-bytes.ts";
import { imageJson, type ImageJson } from "../images/image-json.ts";
import { keptBlobs, lastUsed } from "../kept-blobs.ts";
import { freeBytes } from "../store/disk-faults.ts";
import type { Store } from "../store/store.ts";

/** An image of a store, as `slipway cache ls` tells it. */
export interface ListedImage extends ImageJson {
  /** When something read it since it came: ISO 8601, UTC. */
  readonly lastUsed?: string;
  /** Bytes of all its blobs; undefined where its manifest cannot be read. */
  readonly size?: number;
  /** Bytes of those that other images of the store have too. */
  readonly shared?: number;
  /** Blobs that it lists and the store has not. */
  readonly missing: readonly string[];
}

/** A store's images, and what it takes. */
export interface StoreList {
  /** Channel by channel, former ones last. */
  readonly images: readonly ListedImage[];
  /** Of the whole store. */
  readonly bytes: number;
  /** Those that former images alone have: a collection can free them. */
  readonly formerBytes: number;
  /** Left on its disk. */
  readonly freeBytes: number;
}

/** All that a store has. Looking at it is no use of images. */
export async function listStore(store: Store): Promise<StoreList> {
  const { listed, former } = await store.all();
  const images = [
    ...listed.map((image) => ({ image, isFormer: false })),
    ...former.map((image) => ({ image, isFormer: true })),
  ];
  const all = [];
  for (const { image, isFormer } of images) {
    const used = await lastUsed(store, image);
    all.push({ image, isFormer, used, blobs: await blobsOf(store, image) });
  }
  const sizes = imageSizes(all.map(({ blobs }) => ({ blobs: blobs ?? [] })));
  const told: ListedImage[] = [];
  for (const [position, { image, isFormer, used, blobs }] of all.entries()) {
    const missing = blobs === undefined ? [image.descriptor.digest] : [];
    for (const blob of blobs ?? []) if (!(await store.has(blob))) missing.push(blob.digest);
    told.push({
      ...imageJson(image, isFormer),
      ...(used !== undefined && { lastUsed: new Date(used).toISOString() }),
      ...(blobs !== undefined && sizes[position]),
      missing,
    });
  }
  const kept = all.map(({ isFormer, blobs = [] }) => ({ isFormer, blobs }));
  return {
    images: told,
    bytes: await storeBytes(store.folder),
    formerBytes: bytesTogether(kept) - bytesTogether(kept.filter(({ isFormer }) => !isFormer)),
    freeBytes: await freeBytes(store.folder),
  };
}

async function blobsOf(
  store: Store,
  image: CachedImage,
): Promise<Awaited<ReturnType<typeof keptBlobs>> | undefined> {
  try {
    return await keptBlobs(store, image);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}
