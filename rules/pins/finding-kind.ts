import type { DigestFacts } from "./finding-facts.ts";
import type { Place } from "./place.ts";

/** What may be wrong at a place, a word each, with what it means for people. */
export const FINDING_KINDS = {
  "two-digests": "the image has another digest elsewhere in the tree, and this is not the newest",
  missing: "the digest is not on its registry",
  "candidate-missing": "the digest of a pull request's image is no longer there",
  incomplete: "a platform that the family is built for, a manifest or a blob of it is not there",
  old: 'the image is older than "oldest" of pins.yaml',
  floating: "a name that moves, with no digest",
  "stale-date": "the date beside the digest is not the image's, by more than a day",
  "hold-over": 'the day of "slipway: hold until DATE because ..." beside the pin is over',
  "hold-faulty": "that comment has no day or no reason",
  malformed: "what stands where a digest belongs is none: not sha256: and 64 hex digits",
  unpublished: "the name of a family on a registry that it is not published on",
  ambiguous: "nobody can tell which image a digest is of, so that no bump would move it",
  unchecked: "no fault: its registry did not tell, and no list of images has it",
} as const;
export type FindingKind = keyof typeof FINDING_KINDS;

/** Something about one place. */
export interface PinFinding {
  readonly kind: FindingKind;
  readonly place: Place;
  /** What was found, and the rule; without the place, so that equal ones can be told once. */
  readonly message: string;
  /** What to run, in one line that can be copied. */
  readonly command?: string;
  /** What to write or run besides, or instead; absent where the message says it, or nothing is to be done. */
  readonly remedy?: string;
}

/** An image whose pins agree, and are not what is published; nobody must act on it. */
export interface NewerImage {
  readonly image: string;
  /** That is published. */
  readonly digest: string;
  readonly channel?: string;
  /** What moves the pins there. */
  readonly command: string;
}

/** What findings are judged by, besides the places. */
export interface FindingSources {
  /** Of each place with a digest of which a registry or a list could be asked. */
  readonly facts: ReadonlyMap<Place, DigestFacts>;
  /** What is published of an image, where that is known. */
  latest(image: string): { readonly digest: string; readonly channel?: string } | undefined;
  /** Whether a list names images of a family. */
  isListed(family: string): boolean;
  /** What a family is built for; undefined of what the catalogue does not have. */
  platformsOf(family: string): readonly string[] | undefined;
  /** The registries that a family is published on. */
  hostsOf(family: string): readonly string[];
  /** Options that every command repeats, each behind a blank: ` --root ../TheRock`. */
  readonly repeated: string;
  /** Milliseconds after which a pin is old; absent where none is. */
  readonly oldest?: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Whether somebody must act. */
export function isFault({ kind }: Pick<PinFinding, "kind">): boolean {
  return kind !== "unchecked";
}

/** Whether a reason that holds today keeps a place as it is. */
export function isHeld({ hold }: Pick<Place, "hold">, now: number): boolean {
  return hold !== undefined && "until" in hold && hold.until >= dayOf(now);
}

/** The day in UTC: `2026-11-21`. @param moment milliseconds since 1970, or ISO 8601 */
export function dayOf(moment: number | string): string {
  return new Date(moment).toISOString().slice(0, "2026-11-21".length);
}

/** A digest as people and other tools write it: `sha256:` and twelve digits. */
export function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}

/**
 * What writes an image's newest digest everywhere.
 * @param sources of which what is published counts, and the options that were given
 * @param to the digest that is meant; a person has to name one where no list says what is the newest
 */
export function bumpCommand(
  image: string | undefined,
  { latest, repeated }: Pick<FindingSources, "latest" | "repeated">,
  to = image === undefined || latest(image) !== undefined ? undefined : "DIGEST",
): string {
  const target = to === undefined ? "" : ` --to ${to}`;
  return `slipway pins bump${image === undefined ? "" : ` ${image}`}${target}${repeated}`;
}
