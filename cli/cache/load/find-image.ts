import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from "../../../rules/image-reference.ts";
import type { CachedImage } from "../cached-image.ts";
import type { StoredImages } from "../store/image-indexes.ts";
import type { Store } from "../store/store.ts";

/** An image of the store, or why none will do. */
export type Found = FoundImage | { readonly reason: string };

export interface FoundImage {
  readonly image: CachedImage;
  /** No channel has it any more. */
  readonly isFormer: boolean;
  /** The tag that was asked for is the image's. */
  readonly isTagged: boolean;
  /** It was asked for by a name that moves. */
  readonly isFloating: boolean;
}

/**
 * The image that a reference means: by digest that one alone, also one that a channel had before; by a tag the only one that has
 * it as its content name or, if a channel has it now, as a floating name.
 */
export function findReferenced({ listed, former }: StoredImages, asked: ImageReference): Found {
  const { tag, digest } = asked;
  const repository = formatRepository(asked);
  const images = [...listed, ...former].filter((image) => isIn(image, repository));
  if (images.length === 0) return { reason: `the store has no image of ${repository}` };
  const name = `${repository}:${tag ?? ""}`;
  const tagged = images.filter(
    (image) => tag === image.contentName || (listed.includes(image) && image.names.includes(name)),
  );
  const [only] = tagged;
  const isClear = new Set(tagged.map(({ descriptor }) => descriptor.digest)).size === 1;
  const meant = isClear ? only : undefined;
  const image =
    digest === undefined ? meant : images.find(({ descriptor }) => descriptor.digest === digest);
  if (image !== undefined) {
    const isTagged = meant?.descriptor.digest === image.descriptor.digest;
    const isFloating = digest === undefined && tag !== image.contentName;
    return { image, isFormer: !listed.includes(image), isTagged, isFloating };
  }
  return {
    reason:
      whyNone(name, tagged, former) ?? `the store has other images of ${repository}, not this one`,
  };
}

/** Why a name means no image, where the store has images of that name. */
function whyNone(
  name: string,
  tagged: readonly CachedImage[],
  former: readonly CachedImage[],
): string | undefined {
  const digests = [...new Set(tagged.map(({ descriptor }) => descriptor.digest))];
  if (digests.length === 1) return `the store has ${digests.join()} under that name`;
  if (digests.length > 1) return `several images in the store have the name ${name}`;
  if (former.every(({ names }) => !names.includes(name))) return undefined;
  return `${name} was the name of a former image in the store, and of none that a channel has`;
}

function isIn({ references }: CachedImage, repository: string): boolean {
  return Object.values(references).some(
    (reference) => formatRepository(parseImageReference(reference)) === repository,
  );
}

/** What one channel has, or what all have and had. */
export async function listingOf(store: Store, channel: string | undefined): Promise<StoredImages> {
  return channel === undefined ? store.all() : { listed: await store.images(channel), former: [] };
}
