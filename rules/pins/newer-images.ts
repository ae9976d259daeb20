import { isLost } from "./finding-digests.ts";
import { bumpCommand, type FindingSources, isHeld, type NewerImage } from "./finding-kind.ts";
import type { Place } from "./place.ts";

/**
 * The images whose pins agree with each other and are not what is published: no fault, or every tree would have one after each
 * publication. Places that are held do not count, nor candidates, which are about to be published.
 */
export function newerImages(
  places: readonly Place[],
  sources: FindingSources,
): readonly NewerImage[] {
  const pinned = places.filter(
    (place) => place.digest !== undefined && !isHeld(place, sources.now),
  );
  const byImage = [...Map.groupBy(pinned, ({ image }) => image)].sort(([a = ""], [b = ""]) =>
    a < b ? -1 : 1,
  );
  return byImage.flatMap(([image, own]): readonly NewerImage[] => {
    const latest = image === undefined ? undefined : sources.latest(image);
    if (image === undefined || latest === undefined) return [];
    const [digest, ...others] = new Set(own.map((place) => place.digest?.text));
    if (others.length > 0 || digest === latest.digest || isLost(own, sources)) return [];
    if (own.some(({ repository }) => repository?.candidate === true)) return [];
    const { digest: newer, channel } = latest;
    const command = bumpCommand(image, sources);
    return [{ image, digest: newer, ...(channel !== undefined && { channel }), command }];
  });
}
