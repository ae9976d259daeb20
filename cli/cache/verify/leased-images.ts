import { imageKey, type CachedImage } from "../cached-image.ts";
import type { Lease } from "../store/lease.ts";
import type { Store } from "../store/store.ts";

/** An image that a verification looks at. */
export interface LookedAt {
  readonly image: CachedImage;
  /** Where it was found, for people: `main: ci-image/rocm`. */
  readonly name: string;
}

/** Which images a verification looks at: those of one channel, of some labels, or all. */
export interface Selection {
  readonly channel?: string;
  readonly labels?: readonly string[];
}

/**
 * Does work with images that no collection takes meanwhile. One whose manifest is gone cannot be leased, and is looked at as long
 * as an index lists it.
 */
export async function withLeasedImages<T>(
  store: Store,
  selection: Selection,
  work: (images: readonly LookedAt[]) => Promise<T>,
): Promise<T> {
  const leases: Lease[] = [];
  try {
    const failed = new Set<string>();
    for (const { image } of await selected(store, selection)) {
      const lease = await store.lease(image);
      if (lease === undefined) failed.add(imageKey(image));
      else leases.push(lease);
    }
    const leased = new Set(leases.map(({ image }) => imageKey(image)));
    // Once more: what was forgotten while leases were taken is listed no longer.
    const images = (await selected(store, selection)).filter(
      ({ image }) => leased.has(imageKey(image)) || failed.has(imageKey(image)),
    );
    return await work(images);
  } finally {
    for (const lease of leases) await lease.release();
  }
}

async function selected(
  store: Store,
  { channel, labels }: Selection,
): Promise<readonly LookedAt[]> {
  const { listed, former } = await store.all();
  return [
    ...listed
      .filter((image) => channel === undefined || image.channel === channel)
      .map((image) => ({ image, name: `${image.channel}: ${image.label}` })),
    ...(channel === undefined ? former : []).map((image) => ({
      image,
      name: `former: ${image.label}`,
    })),
  ].filter(({ image }) => labels === undefined || labels.includes(image.label));
}
