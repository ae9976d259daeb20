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
  const sound = [...digests].filter(([, own]) => !isLost(own, sources));
  const newest = newestOf(image, sound, sources);
  const latest = sources.latest(image);
  if (newest === undefined) {
    // What is lost is told as that, and makes no other digest a wrong one.
    if (sound.length < 2) return [];
    const counts = sound.map(([digest, own]) => `${shortDigest(digest)} (${placesText(own)})`);
    const message = `${image} is pinned at ${sound.length} digests: ${counts.join(", ")}; which one is the newest is not known`;
    const command = bumpCommand(image, sources);
    return sound.flatMap(([, own]) => own.map((place) => finding(place, message, command)));
  }
  const { digest: kept, why } = newest;
  const own = digests.get(kept) ?? [];
  const message = `${image} is pinned at ${digests.size} digests; newer than this is ${shortDigest(kept)} (${why}; ${placesText(own)})`;
  const command = bumpCommand(image, sources, latest?.digest === kept ? undefined : kept);
  return places
    .filter(({ digest }) => digest?.text !== kept)
    .map((place) => finding(place, message, command));
}

const OR_HOLD = "or say beside the pin why it stays: slipway: hold until DATE because ...";
const MEND_HOLD =
  "mend the hold beside the pin, or take it away; bump moves no pin whose hold is not said right";

/** @param command what moves the place, unless a faulty hold keeps it */
function finding(place: Place, message: string, command: string): PinFinding {
  const isFaulty = place.hold !== undefined && "fault" in place.hold;
  const mend = isFaulty ? { remedy: MEND_HOLD } : { command, remedy: OR_HOLD };
  return { kind: "two-digests", place, message, ...mend };
}

/** Whether a digest is missing or not whole where it was looked for, and there at no place. */
export function isLost(places: readonly Place[], { facts }: FindingSources): boolean {
  const states = places.map((place) => facts.get(place)?.state);
  return !states.includes("there") && (states.includes("missing") || states.includes("incomplete"));
}

/**
 * A candidate is what a pull request is about to publish; else what is published counts, and then when images were built.
 * @param sound digests that are not lost, for what is lost is never the newest; one alone is younger than none
 */
function newestOf(
  image: string,
  sound: readonly (readonly [string, readonly Place[]])[],
  sources: FindingSources,
): Newest | undefined {
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
  return sound.length < 2 ? undefined : youngest(sound, sources);
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
