import { formatImageLabel, parseImageLabel } from "../image-label.ts";
import type { ManagedImages, ManagedRepository } from "./managed-images.ts";
import type { PinnedDigest } from "./pinned-digests.ts";
import type { Place } from "./place.ts";
import { exactLabel, type SeenPin } from "./protection.ts";

/** A digest of which it is known in which repository it is: a published list says so, or the file of pinned digests does. */
export type PlacedDigest = Pick<PinnedDigest, "digest" | "repository" | "image">;

/** A pin, and the registry that is asked for it. */
export interface HostedPin extends SeenPin {
  /** The one that the place names; of a digest alone the first that carries the repository. */
  readonly host: string;
  /** Only a name nearby tells of which image the digest is: it is a pin where its registry has it, and none elsewhere. */
  readonly nearby?: true;
}

export interface SourcesOfPins {
  /** `OWNER/NAME@BRANCH` */
  readonly user: string;
  readonly placed: readonly PlacedDigest[];
  readonly managed: ManagedImages;
}

/**
 * What the places of a tree pin in repositories of a stack's families. A repository and a digest are all that a name on a registry
 * takes: where nobody knows which of the family's images it is, the pin has the family's name in the place of a label. A
 * digest alone is a pin in every repository that is known to have it, since one name too many harms nobody.
 * @param places of the whole tree, with their images where these are known
 */
export function pinsOfPlaces(
  places: readonly Place[],
  { user, placed, managed }: SourcesOfPins,
): readonly HostedPin[] {
  const byDigest = Map.groupBy(placed, ({ digest }) => digest);
  return places.flatMap((place): readonly HostedPin[] => {
    const { kind, digest, repository, nearby } = place;
    if (digest === undefined) return [];
    const known = byDigest.get(digest.text) ?? [];
    const pinIn = (one: ManagedRepository): readonly HostedPin[] => {
      const image = labelIn(one, place, known);
      if (image === undefined) return [];
      const own = { digest: digest.text, repository: one.path, image, user, host: one.host };
      return [{ ...own, ...(nearby && { nearby }) }];
    };
    if (kind === "reference") return repository === undefined ? [] : pinIn(repository);
    const { repositories } = managed;
    if (nearby === true) {
      return repositories.filter(({ family }) => family === repository?.family).flatMap(pinIn);
    }
    // A digest that only stands beside a name elsewhere in the tree is counted there.
    const paths = new Set(known.map((one) => one.repository));
    return [...paths].flatMap((path) => {
      const first = repositories.find((one) => one.family !== undefined && one.path === path);
      return first === undefined ? [] : pinIn(first);
    });
  });
}

/** The label of a digest in a repository, or the family's name; undefined in a repository of no family, or that it is not published in. */
function labelIn(
  { family, published = true }: ManagedRepository,
  { image }: Place,
  known: readonly PlacedDigest[],
): string | undefined {
  if (family === undefined || !published) return undefined;
  const labels = [...(image === undefined ? [] : [image]), ...known.map((one) => one.image)];
  const own = labels.filter((label) => parseImageLabel(label)?.family === family);
  return exactLabel([formatImageLabel({ family }), ...own]);
}
