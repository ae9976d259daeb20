import type { CachedImage } from "../cached-image.ts";
import type { Lease } from "../store/lease.ts";
import type { Store } from "../store/store.ts";

/** An image that a verification looks at. */
export interface LookedAt {
  readonly image: CachedImage;
  /** Where it was found, for people: `main: ci-image/rocm`. */
  readonly name: string;
}

/** Which images a verification looks at: those of one channel, of one label, or all. */
export interface Selection {
  readonly channel?: string;
  readonly label?: string;
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
      if (lease === undefined) failed.add(keyOf(image));
      else leases.push(lease);
    }
    const leased = new Set(leases.map(({ image }) => keyOf(image)));
    // Once more: what was forgotten while leases were taken is listed no longer.
    const images = (await selected(store, selection)).filter(
      ({ image }) => leased.has(keyOf(image)) || failed.has(keyOf(image)),
    );
    return await work(images);
  } finally {
    for (const lease of leases) await lease.release();
  }
}

async function selected(store: Store, { channel, label }: Selection): Promise<readonly LookedAt[]> {
  const found: LookedAt[] = [];
  for (const name of await store.channels()) {
    if (channel !== undefined && name !== channel) continue;
    for (const image of await store.images(name)) {
      found.push({ image, name: `${name}: ${image.label}` });
    }
  }
  const former = channel === undefined ? await store.former() : [];
  for (const image of former) found.push({ image, name: `former: ${image.label}` });
  return found.filter(({ image }) => label === undefined || image.label === label);
}

function keyOf({ label, descriptor }: CachedImage): string {
  return `${label}@${descriptor.digest}`;
}
