import type { Descriptor } from "../../../oci/media-types.ts";
import type { ImageContent } from "../image-content.ts";

/**
 * How many of an image's first layers an engine has: it knows a layer by all below it, so that only equal beginnings count.
 * @param diffIds the image's layers uncompressed, by digest, in order
 * @param others those of each image that the engine has
 */
export function countShared(
  diffIds: readonly string[],
  others: readonly (readonly string[])[],
): number {
  const counts = others.map((other) => {
    const differs = diffIds.findIndex((diffId, at) => other[at] !== diffId);
    return differs < 0 ? diffIds.length : differs;
  });
  return Math.max(0, ...counts);
}

/** An image's blobs without those that only its first layers need. */
export function withoutFirst(
  { all, layers }: Pick<ImageContent, "all" | "layers">,
  count: number,
): readonly Descriptor[] {
  const needed = new Set(layers.slice(count).map(({ digest }) => digest));
  const first = new Set(layers.slice(0, count).map(({ digest }) => digest));
  return all.filter(({ digest }) => needed.has(digest) || !first.has(digest));
}
