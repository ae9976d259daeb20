import { parseImageReference } from "../../../rules/image-reference.ts";
import type { DigestFacts } from "../../../rules/pins/finding-facts.ts";
import type { ManagedImages } from "../../../rules/pins/managed-images.ts";
import type { Place } from "../../../rules/pins/place.ts";
import type { DigestChecks, DigestReference } from "../digest-facts.ts";
import type { KnownImages } from "../known-images.ts";

/** What registries said of the digests of places. */
export interface AskedPlaces {
  readonly facts: ReadonlyMap<Place, DigestFacts>;
  /** Of the registries that were to be asked, by name. */
  readonly hosts: readonly string[];
}

/** The places of a tree, and what is managed there. */
export interface LookedAt {
  readonly places: readonly Place[];
  readonly managed: ManagedImages;
}

/** Milliseconds until, and between, lines of progress. */
const PROGRESS = 1000;

/** Asks for the digests of all places, where each has to be. */
export async function factsOfPlaces(
  { places, managed }: LookedAt,
  known: Pick<KnownImages, "all">,
  checks: Pick<DigestChecks, "facts">,
  say: (line: string) => void,
): Promise<AskedPlaces> {
  const wanted = places.flatMap((place) => {
    const reference = referenceOf(place, managed, known);
    return reference === undefined ? [] : [{ place, reference }];
  });
  const hosts = [...new Set(wanted.map(({ reference }) => reference.host))].sort();
  const digests = new Set(wanted.map(({ reference }) => referenceKey(reference)));
  const done = new Set<string>();
  const timer = setInterval(() => {
    say(`asked for ${done.size} of ${digests.size} digests at ${hosts.join(", ")}`);
  }, PROGRESS);
  try {
    const facts = await Promise.all(
      wanted.map(async ({ place, reference }) => {
        const found = await checks.facts(reference);
        done.add(referenceKey(reference));
        return [place, found] as const;
      }),
    );
    return { facts: new Map(facts), hosts };
  } finally {
    clearInterval(timer);
  }
}

/**
 * Where a place's digest has to be: in the repository that it names, if its family is published there. Of a digest alone whose
 * image is known, where a list says that it is, else where the image is first of all.
 */
export function referenceOf(
  { digest, image, repository }: Place,
  { repositories }: ManagedImages,
  { all }: Pick<KnownImages, "all">,
): DigestReference | undefined {
  if (digest === undefined) return undefined;
  if (repository?.published === false) return undefined;
  if (repository !== undefined) return { ...placeOf(repository), digest: digest.text };
  if (image === undefined) return undefined;
  const listed = all.find((one) => one.image === image && one.digest === digest.text);
  const first =
    listed?.references.map(parseImageReference)[0] ??
    repositories.find(({ family, host, path }) =>
      family === undefined ? `${host}/${path}` === image : family === image.split("/")[0],
    );
  return first === undefined ? undefined : { ...placeOf(first), digest: digest.text };
}

function placeOf({ host, path }: Omit<DigestReference, "digest">) {
  return { host, path };
}

function referenceKey({ host, path, digest }: DigestReference): string {
  return `${host}/${path}@${digest}`;
}
