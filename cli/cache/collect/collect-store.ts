import type { CollectionLimit } from "../../../rules/cache-collection.ts";
import type { CachedImage } from "../cached-image.ts";
import type { Store } from "../store/store.ts";

/** What a collection did. */
export interface Collection {
  readonly forgotten: readonly CachedImage[];
  /** Bytes that are free now and were not before. */
  readonly freedBytes: number;
  /** Bytes that the store takes now. */
  readonly bytes: number;
  /** Former images that would have gone, but were being read. */
  readonly leased: readonly CachedImage[];
  /** What kept it from more than that, in sentences. */
  readonly notes: readonly string[];
}

/** Brings a store down to a limit. */
export async function collectStore(store: Store, limit: CollectionLimit): Promise<Collection> {
  throw new Error(`not written yet: ${store.folder} ${limit.maxBytes}`);
}
