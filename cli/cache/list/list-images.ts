import { imageSizes } from "../../../rules/cache-sizes.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import { imageJson, type ImageJson } from "../images/image-json.ts";
import { keptBlobs, lastUsed } from "../kept-blobs.ts";
import type { Store } from "../store/store.ts";

/** An image of a store, as `slipway cache ls` tells it. */
export interface ListedImage extends ImageJson {
  /** ISO 8601, UTC. */
  readonly lastUsed: string;
  /** Bytes of all its blobs; undefined where its manifest cannot be read. */
  readonly size?: number;
  /** Bytes of those that other images of the store have too. */
  readonly shared?: number;
  /** Blobs that it lists and the store has not. */
  readonly missing: readonly string[];
}

/** All images of a store, channel by channel, former ones last. Looking at them is no use of them. */
export async function listImages(store: Store): Promise<readonly ListedImage[]> {
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
      lastUsed: new Date(used).toISOString(),
      ...(blobs !== undefined && sizes[position]),
      missing,
    });
  }
  return told;
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
