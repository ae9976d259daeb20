import { imageSizes } from "../../../rules/cache-sizes.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import { keptBlobs, lastUsed } from "../kept-blobs.ts";
import type { Store } from "../store/store.ts";

/** An image of a store, as `slipway cache ls` tells it. */
export interface ListedImage {
  readonly label: string;
  readonly channel: string;
  /** Whether the channel has another one by now, or none. */
  readonly isFormer: boolean;
  readonly digest: string;
  readonly contentName: string;
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly refreshed: string;
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
  const images: { readonly image: CachedImage; readonly isFormer: boolean }[] = [];
  for (const channel of await store.channels()) {
    for (const image of await store.images(channel)) images.push({ image, isFormer: false });
  }
  const inChannel = new Set(images.map(({ image }) => keyOf(image)));
  for (const image of await store.former()) {
    // What moves at this moment is in both.
    if (!inChannel.has(keyOf(image))) images.push({ image, isFormer: true });
  }
  const all = [];
  for (const { image, isFormer } of images) {
    const used = await lastUsed(store, image);
    all.push({ image, isFormer, used, blobs: await blobsOf(store, image) });
  }
  const sizes = imageSizes(all.map(({ blobs }) => ({ blobs: blobs ?? [] })));
  const listed: ListedImage[] = [];
  for (const [position, { image, isFormer, used, blobs }] of all.entries()) {
    const { label, channel, contentName, commit, refreshed, descriptor } = image;
    const missing = blobs === undefined ? [descriptor.digest] : [];
    for (const blob of blobs ?? []) if (!(await store.has(blob))) missing.push(blob.digest);
    listed.push({
      ...{ label, channel, isFormer, digest: descriptor.digest, contentName, commit, refreshed },
      lastUsed: new Date(used).toISOString(),
      ...(blobs !== undefined && sizes[position]),
      missing,
    });
  }
  return listed;
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

function keyOf({ label, descriptor }: CachedImage): string {
  return `${label}@${descriptor.digest}`;
}
