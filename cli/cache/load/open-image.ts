import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import { readDiffIds } from "../diff-ids.ts";
import { contentOf, type ImageContent } from "../image-content.ts";
import type { Store } from "../store/store.ts";

/** An image of the store that is kept from collections until it is released, and is whole as far as sizes tell. */
export interface OpenImage {
  readonly image: CachedImage;
  readonly content: ImageContent;
  /** Its layers uncompressed, by digest, in order. */
  readonly diffIds: readonly string[];
  release(): Promise<void>;
}

/**
 * Opens an image.
 * @returns undefined when a collection took it meanwhile
 * @throws UserError when a blob of it is missing, of another size, or is no image's
 */
export async function openImage(store: Store, image: CachedImage): Promise<OpenImage | undefined> {
  const lease = await store.lease(image);
  if (lease === undefined) return undefined;
  try {
    const content = await contentOf(store, image);
    for (const blob of content.all) {
      if (!(await store.has(blob))) {
        throw new UserError(
          `${blob.digest} of ${image.label} is not in the store, or not whole; refresh the store`,
        );
      }
    }
    const diffIds = await readDiffIds(store, content);
    return { image, content, diffIds, release: () => lease.release() };
  } catch (error) {
    await lease.release();
    throw error;
  }
}
