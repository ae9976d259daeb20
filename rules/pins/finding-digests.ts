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
  const lost = [...digests.keys()].filter((digest) => isLost(digests.get(digest) ?? [], sources));
  const newest = newestOf(image, digests, new Set(lost), sources);
  const latest = sources.latest(image);
  if (newest === undefined) {
    const counts = [...digests].map(([digest, own]) => {
      const state = lost.includes(digest) ? ", not there" : "";
      return `${shortDigest(digest)} (${placesText(own)}${state})`;
    });
    const message = `${image} is pinned at ${digests.size} digests: ${counts.join(", ")}; which one is the newest is not known`;
    const to = latest !== undefined || lost.length > 0 ? undefined : "DIGEST";
    const command = bumpCommand(image, sources, to);
    return places.map((place) => ({
      ...{ kind: "two-digests", place, message, command, remedy: OR_HOLD },
    }));
  }
  const { digest: kept, why } = newest;
  const own = digests.get(kept) ?? [];
  const message = `${image} is pinned at ${digests.size} digests; newer than this is ${shortDigest(kept)} (${why}; ${placesText(own)})`;
  const command = bumpCommand(image, sources, latest?.digest === kept ? undefined : kept);
  return places
    .filter(({ digest }) => digest?.text !== kept)
    .map((place) => ({ kind: "two-digests", place, message, command, remedy: OR_HOLD }));
}

const OR_HOLD = "or say beside the pin why it stays: slipway: hold until DATE because ...";

/** Whether a digest is missing or not whole where it was looked for, and there at no place. */
export function isLost(places: readonly Place[], { facts }: FindingSources): boolean {
  const states = places.map((place) => facts.get(place)?.state);
  return !states.includes("there") && (states.includes("missing") || states.includes("incomplete"));
}

/**
 * A candidate is what a pull request is about to publish; else what is published counts, and then when images were built. What
 * is lost is never the newest, and does not tell when it was built, so that nobody knows which is the youngest.
 */
function newestOf(
  image: string,
  digests: ReadonlyMap<string, readonly Place[]>,
  lost: ReadonlySet<string>,
  sources: FindingSources,
): Newest | undefined {
  const sound = [...digests].filter(([digest]) => !lost.has(digest));
  const candidates = sound.filter(([, own]) =>
    own.some(({ repository }) => repository?.candidate === true),
  );
  const [candidate, ...others] = candidates;
  if (candidate !== undefined && others.length === 0) {
    return { digest: candidate[0], why: "the candidate" };
  }
  const latest = sources.latest(image);
  const isPinned = sound.some(([digest]) => digest === latest?.digest);
  if (candidate === undefined && latest !== undefined && isPinned) {
    const where = latest.channel === undefined ? "" : ` in channel ${latest.channel}`;
    return { digest: latest.digest, why: `published last${where}` };
  }
  if (candidate !== undefined) return youngest(candidates, sources);
  return lost.size > 0 ? undefined : youngest(sound, sources);
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
