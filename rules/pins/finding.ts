import { digestFindings } from "./finding-digests.ts";
import { holdFindings } from "./finding-holds.ts";
import type { FindingSources, PinFinding } from "./finding-kind.ts";
import { registryFindings } from "./finding-registry.ts";
import { tagFindings } from "./finding-tags.ts";
import type { Place } from "./place.ts";

/** Everything about the places of a tree, in their order; several of one place stand together. */
export function pinFindings(
  places: readonly Place[],
  sources: FindingSources,
): readonly PinFinding[] {
  const digests = Map.groupBy(digestFindings(places, sources), ({ place }) => place);
  return places.flatMap((place) => [
    ...holdFindings(place, sources.now),
    ...tagFindings(place, sources.now),
    ...ambiguityFindings(place),
    ...(digests.get(place) ?? []),
    ...registryFindings(place, sources),
  ]);
}

/** A digest beside the name of a family with an image for each accelerator is whose it is, whichever of them. */
function ambiguityFindings(place: Place): readonly PinFinding[] {
  const { unattributed, repository } = place;
  if (unattributed === undefined || repository !== undefined) return [];
  const remedy = "write the image's name before the digest: host/path@sha256:...";
  return [{ kind: "ambiguous", place, message: unattributed, remedy }];
}
