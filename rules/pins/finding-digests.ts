import {
  bumpCommand,
  dayOf,
  type FindingSources,
  isHeld,
  type PinFinding,
  shortDigest,
} from "./finding-kind.ts";
import type { Place } from "./place.ts";

/** A digest that all places of an image should have. */
interface Newest {
  readonly digest: string;
  /** How that is known. */
  readonly why: string;
}

/** The places of images with several digests that have not the newest; places that are held do not count. */
export function digestFindings(
  places: readonly Place[],
  sources: FindingSources,
): readonly PinFinding[] {
  const pinned = places.filter(
    (place) => place.digest !== undefined && !isHeld(place, sources.now),
  );
  return [...Map.groupBy(pinned, ({ image }) => image)].flatMap(([image, own]) =>
    image === undefined ? [] : imageFindings(image, own, sources),
  );
}

function imageFindings(
  image: string,
  places: readonly Place[],
  sources: FindingSources,
): readonly PinFinding[] {
  const digests = Map.groupBy(places, ({ digest }) => digest?.text ?? "");
  if (digests.size < 2) return [];
  const newest = newestOf(image, digests, sources);
  if (newest === undefined) {
    const counts = [...digests].map(
      ([digest, own]) => `${shortDigest(digest)} (${placesText(own)})`,
    );
    const message = `${image} is pinned at ${digests.size} digests: ${counts.join(", ")}; which one is the newest is not known`;
    const remedy = `${bumpCommand(image, "DIGEST")}, ${OR_HOLD}`;
    return places.map((place) => ({ kind: "two-digests", place, message, remedy }));
  }
  const { digest: kept, why } = newest;
  const own = digests.get(kept) ?? [];
  const message = `${image} is pinned at ${digests.size} digests; newer than this is ${shortDigest(kept)} (${why}; ${placesText(own)})`;
  const isPublished = sources.latest(image)?.digest === kept;
  const remedy = `${bumpCommand(image, isPublished ? undefined : kept)}, ${OR_HOLD}`;
  return places
    .filter(({ digest }) => digest?.text !== kept)
    .map((place) => ({ kind: "two-digests", place, message, remedy }));
}

const OR_HOLD = "or say beside the pin why it stays: slipway: hold until DATE because ...";

/** A candidate is what a pull request is about to publish; else what is published counts, and then when images were built. */
function newestOf(
  image: string,
  digests: ReadonlyMap<string, readonly Place[]>,
  sources: FindingSources,
): Newest | undefined {
  const candidates = [...digests].filter(([, own]) =>
    own.some(({ repository }) => repository?.candidate === true),
  );
  const [candidate, ...others] = candidates;
  if (candidate !== undefined && others.length === 0) {
    return { digest: candidate[0], why: "the candidate" };
  }
  const latest = sources.latest(image);
  if (candidate === undefined && latest !== undefined && digests.has(latest.digest)) {
    const where = latest.channel === undefined ? "" : ` in channel ${latest.channel}`;
    return { digest: latest.digest, why: `published last${where}` };
  }
  return youngest(candidate === undefined ? [...digests] : candidates, sources);
}

/** Undefined where one of them does not tell when it was built, or two are of the same moment. */
function youngest(
  digests: readonly (readonly [string, readonly Place[]])[],
  { facts }: FindingSources,
): Newest | undefined {
  const dated = digests.map(([digest, own]) => {
    const created = own.flatMap((place) => {
      const known = facts.get(place);
      return known?.state === "there" ? (known.created ?? []) : [];
    })[0];
    return { digest, created: created === undefined ? undefined : Date.parse(created) };
  });
  const moments = dated.map(({ created = Number.NaN }) => created);
  const last = Math.max(...moments);
  const [found, ...more] = dated.filter(({ created }) => created === last);
  if (found === undefined || more.length > 0) return undefined;
  return { digest: found.digest, why: `built on ${dayOf(last)}` };
}

function placesText({ length }: readonly Place[]): string {
  return length === 1 ? "1 place" : `${length} places`;
}
