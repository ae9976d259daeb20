import { imageOf } from "./image-of.ts";
import type { ManagedRepository } from "./managed-images.ts";
import type { Found } from "./scan-found.ts";

/** What is found, and where it stands in the file. */
export interface Located extends Found {
  /** Lines of its first and its last character, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
}

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

/**
 * The repository of each digest alone that can only belong to the one managed image that its file names: a name without a digest
 * of its own, at most five lines away, with no other image or digest there.
 * @param located in the order of the text
 * @param text joined
 * @param lineAround of an index of that text, or as much of the line as matters
 */
export function nearbyRepositories(
  located: readonly Located[],
  text: string,
  lineAround: (index: number) => string,
): ReadonlyMap<Located, ManagedRepository> {
  const near = new Map<Located, ManagedRepository>();
  const images = located.flatMap(({ repository, tag }) => {
    if (repository === undefined) return [];
    const { family, host, path } = repository;
    return [
      imageOf(repository, tag && text.slice(tag.start, tag.end)) ?? family ?? `${host}/${path}`,
    ];
  });
  if (new Set(images).size !== 1) return near;
  for (const [index, one] of located.entries()) {
    if (one.kind !== "digest" || text.charAt(one.start - 1) === "/") continue;
    const line = lineAround(one.start);
    if (OTHER_CONTENT.test(line)) continue;
    const repository = [index - 1, index + 1].flatMap((other) => {
      const name = located[other];
      if (name?.repository === undefined || !isOpen(name, line)) return [];
      if (!areNear(name, one) || isOtherBetween(text, name, one)) return [];
      const beyond = [located[other + (other - index)], located[index - (other - index)]];
      const isAlone = !beyond.some((next) => next?.kind === "digest" && areNear(name, next));
      return isAlone ? [name.repository] : [];
    })[0];
    if (repository !== undefined) near.set(one, repository);
  }
  return near;
}

/** Whether a name waits for a digest: one with a tag does only where the digest is called one. */
function isOpen({ hex, tag }: Located, line: string): boolean {
  return hex === undefined && (tag === undefined || DIGEST_KEY.test(line));
}

function areNear(one: Located, other: Located): boolean {
  const lines = Math.max(one.firstLine - other.lastLine, other.firstLine - one.lastLine);
  return lines <= MOST_LINES;
}

function isOtherBetween(text: string, one: Located, other: Located): boolean {
  const [before, after] = one.start < other.start ? [one, other] : [other, one];
  if (after.start - before.end > MOST_CHARACTERS) return true;
  return OTHER_IMAGE.test(text.slice(before.end, after.start));
}
