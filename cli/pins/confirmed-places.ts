import type { ManagedRepository } from "../../rules/pins/managed-images.ts";
import type { Place } from "../../rules/pins/place.ts";
import type { DigestFacts, DigestReference } from "./digest-facts.ts";

/**
 * Asks the registries for digests that only a name nearby tells of: one that its repository has is that image's, and one that it
 * does not have is of something else, and no place of ours. Where nobody could be asked it stays as it is.
 * @returns the places in their order, those of something else left out
 */
export async function confirmedPlaces(
  places: readonly Place[],
  facts: (reference: DigestReference) => Promise<DigestFacts>,
): Promise<readonly Place[]> {
  const confirmed = await Promise.all(
    places.map(async (place) => {
      const { repository, digest } = place;
      if (place.nearby !== true || repository === undefined || digest === undefined) return [place];
      const { state } = await facts(referenceOf(repository, digest.text));
      if (state === "unchecked") return [place];
      if (state === "missing") return [];
      const known: { -readonly [Key in keyof Place]: Place[Key] } = { ...place };
      delete known.nearby;
      return [known];
    }),
  );
  return confirmed.flat();
}

function referenceOf({ host, path }: ManagedRepository, digest: string): DigestReference {
  return { host, path, digest };
}
