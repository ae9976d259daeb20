import { imageOf } from "./image-of.ts";
import type { ManagedRepository } from "./managed-images.ts";
import type { Found } from "./scan-found.ts";
import { mayName } from "./scan-interpolation.ts";

/** What is found, and where it stands in the file. */
export interface Located extends Found {
  /** Lines of its first and its last character, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
}

/** What the names near a digest alone say: the one that it belongs to, or the images of two or more that it may be of. */
export type Nearby =
  { readonly repository: ManagedRepository } | { readonly possible: readonly string[] };

/** Lines between a digest alone and the name that it belongs to. */
const MOST_LINES = 5;
/** Characters between them that are looked at. */
const MOST_CHARACTERS = 2000;
/** Another image, or a port, or whatever else makes it less than sure. */
const OTHER_IMAGE = /\/[\w.-]{1,100}(?::\w|@sha)/;
/** The digest is of a download, or of a part of an image. */
const OTHER_CONTENT =
  /checksum|sha256sum|integrity|--hash|https?:|\.(?:tar|t?gz|zip|whl|deb|rpm|xz|zst|bz2|iso|bin|exe|json)\b|\b(?:layers?|blobs?|diffs?)\b/i;
const DIGEST_KEY = /digest/i;

/** Tells of the digests alone of a file what the names around them say. */
export class NearbyNames {
  /** In the order of the text. */
  readonly #located: readonly Located[];
  /** Joined. */
  readonly #text: string;
  /** Of each name, the image or the family that it is of. */
  readonly #images: ReadonlyMap<Located, string>;
  readonly #several: boolean;

  constructor(located: readonly Located[], text: string) {
    this.#located = located;
    this.#text = text;
    this.#images = new Map(
      located.flatMap((one) => {
        const image = imageNamed(one, text);
        return image === undefined ? [] : [[one, image]];
      }),
    );
    this.#several = new Set(this.#images.values()).size > 1;
  }

  /** @param lineAround of an index of the text, or as much of the line as matters */
  all(lineAround: (index: number) => string): ReadonlyMap<Located, Nearby> {
    const near = new Map<Located, Nearby>();
    if (this.#images.size === 0) return near;
    for (const [index, one] of this.#located.entries()) {
      if (one.kind !== "digest" || this.#text.charAt(one.start - 1) === "/") continue;
      const line = lineAround(one.start);
      if (OTHER_CONTENT.test(line)) continue;
      const found = this.#several ? this.#possible(index, line) : this.#only(index, line);
      if (found !== undefined) near.set(one, found);
    }
    return near;
  }

  /**
   * The repository of a digest that can only belong to the one image that its file names: a name without a digest of its own, at
   * most five lines away, with no other image or digest there.
   */
  #only(index: number, line: string): Nearby | undefined {
    const one = this.#located[index];
    for (const other of [index - 1, index + 1]) {
      const name = this.#located[other];
      if (one === undefined || name?.repository === undefined) continue;
      if (!isOpen(name, one, line) || !areNear(name, one)) continue;
      if (this.#isOtherBetween(name, one)) continue;
      const beyond = [this.#located[other + (other - index)], this.#located[2 * index - other]];
      const isAlone = !beyond.some((next) => next?.kind === "digest" && areNear(name, next));
      if (isAlone) return { repository: name.repository };
    }
    return undefined;
  }

  /** The images of a file with several whose names are as near, with no image of others on the way. */
  #possible(index: number, line: string): Nearby | undefined {
    const one = this.#located[index];
    if (one === undefined) return undefined;
    const possible = new Set<string>();
    for (const step of [-1, 1]) {
      let last = one;
      for (let other = index + step; ; other += step) {
        const next = this.#located[other];
        if (next === undefined || !areNear(next, one) || distance(next, one) > MOST_CHARACTERS) {
          break;
        }
        if (this.#isOtherBetween(last, next)) break;
        const image = this.#images.get(next);
        if (image !== undefined && isOpen(next, one, line)) possible.add(image);
        last = next;
      }
    }
    return possible.size > 1 ? { possible: [...possible].sort() } : undefined;
  }

  #isOtherBetween(one: Located, other: Located): boolean {
    const [before, after] = one.start < other.start ? [one, other] : [other, one];
    if (after.start - before.end > MOST_CHARACTERS) return true;
    return OTHER_IMAGE.test(this.#text.slice(before.end, after.start));
  }
}

function imageNamed({ repository, tag }: Located, text: string): string | undefined {
  if (repository === undefined) return undefined;
  const { family, host, path } = repository;
  const image = imageOf(repository, tag && text.slice(tag.start, tag.end));
  return image ?? family ?? `${host}/${path}`;
}

/** Whether a name waits for a digest: one with a tag does only where the digest is called one. */
function isOpen(
  { repository, hex, malformed, tag }: Located,
  { behind }: Located,
  line: string,
): boolean {
  if (repository === undefined || repository.published === false) return false;
  if (behind !== undefined && !mayName(behind, repository)) return false;
  if (hex !== undefined || malformed !== undefined) return false;
  return tag === undefined || DIGEST_KEY.test(line);
}

function areNear(one: Located, other: Located): boolean {
  const lines = Math.max(one.firstLine - other.lastLine, other.firstLine - one.lastLine);
  return lines <= MOST_LINES;
}

/** Characters between two. */
function distance(one: Located, other: Located): number {
  return Math.max(one.start - other.end, other.start - one.end);
}
