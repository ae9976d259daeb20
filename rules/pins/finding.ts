import { digestFindings } from "./finding-digests.ts";
import { formFindings } from "./finding-form.ts";
import { holdFindings } from "./finding-holds.ts";
import { type FindingSources, isFault, type PinFinding } from "./finding-kind.ts";
import { registryFindings } from "./finding-registry.ts";
import { tagFindings } from "./finding-tags.ts";
import type { Place } from "./place.ts";

/**
 * Everything about the places of a tree, in their order; several of one place stand together. That a place was not checked is
 * said where nothing else is wrong with it.
 */
export function pinFindings(
  places: readonly Place[],
  sources: FindingSources,
): readonly PinFinding[] {
  const digests = Map.groupBy(digestFindings(places, sources), ({ place }) => place);
  return places.flatMap((place) => {
    const found = [
      ...holdFindings(place, sources),
      ...formFindings(place, sources),
      ...tagFindings(place, sources),
      ...ambiguityFindings(place, sources),
      ...(digests.get(place) ?? []),
      ...registryFindings(place, sources),
    ];
    const faults = found.filter(isFault);
    return faults.length > 0 ? faults : found;
  });
}

/**
 * A digest of which nobody can tell the image, so that no bump would move it. Beside a family's name that is so only once the
 * family's images are known: without a list any digest may be any accelerator's. A candidate is in no list.
 */
function ambiguityFindings(place: Place, sources: FindingSources): readonly PinFinding[] {
  const { unattributed, digest, repository } = place;
  if (unattributed === undefined || digest === undefined) return [];
  if (repository !== undefined) {
    const isKnown = repository.family !== undefined && sources.isListed(repository.family);
    if (repository.candidate || !isKnown) return [];
  }
  const remedy =
    repository === undefined
      ? "write the image's name before the digest: host/path@sha256:..."
      : "write the image's tag before the digest, e.g. :cuda12.8@sha256:...";
  return [{ kind: "ambiguous", place, message: unattributed, remedy }];
}
