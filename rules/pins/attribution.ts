import { parseImageLabel } from "../image-label.ts";
import { imagesText } from "./image-of.ts";
import type { Place } from "./place.ts";

/**
 * Says of which image each digest alone of a tree is, and which of a family's images a reference is whose tag does not say it;
 * drops the digests alone that are of none.
 * @param places of the whole tree
 * @param known images by digest, as labels or `host/path`
 */
export function attribute(
  places: readonly Place[],
  known: ReadonlyMap<string, readonly string[]>,
): readonly Place[] {
  const images = new Map<string, Set<string>>();
  const add = (digest: string, image: string): void => {
    const all = images.get(digest);
    if (all === undefined) images.set(digest, new Set([image]));
    else all.add(image);
  };
  for (const { kind, image, digest } of places) {
    if (kind === "reference" && digest !== undefined && image !== undefined) {
      add(digest.text, image);
    }
  }
  const isOf = (digest: string): readonly string[] => [
    ...new Set([...(images.get(digest) ?? []), ...(known.get(digest) ?? [])]),
  ];
  return places.flatMap((place) => {
    const { kind, digest, repository } = place;
    if (digest === undefined) return [place];
    const candidates = isOf(digest.text);
    if (kind === "reference") {
      if (place.image !== undefined || repository?.published === false) return [place];
      const family = repository?.family ?? "";
      return [
        withImage(
          place,
          candidates.filter((image) => image.startsWith(`${family}/`)),
        ),
      ];
    }
    // Whose digest it is is known better than what stands beside it.
    if (candidates.length === 0) {
      if (repository !== undefined) return [{ ...place, nearby: true }];
      return place.possible === undefined ? [] : [place];
    }
    if (place.image !== undefined && candidates.includes(place.image)) return [place];
    return [
      withImage(place, place.image === undefined ? candidates : [...candidates, place.image]),
    ];
  });
}

/** A place whose digest is of one image, of several or of none that is known. */
function withImage(place: Place, images: readonly string[]): Place {
  const [image] = images;
  if (image === undefined) return place;
  const known: { -readonly [Key in keyof Place]: Place[Key] } = { ...place };
  delete known.possible;
  if (images.length === 1) {
    if (place.repository?.family !== familyOf(image)) delete known.repository;
    delete known.unattributed;
    return { ...known, image };
  }
  delete known.image;
  return { ...known, unattributed: `its digest is that of ${imagesText(images)}` };
}

function familyOf(image: string): string | undefined {
  return parseImageLabel(image)?.family;
}
