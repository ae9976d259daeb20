import { candidateRepository } from "../../../rules/build-cache.ts";
import type { ManagedImages } from "../../../rules/pins/managed-images.ts";

/** A file in UTF-16 with its byte order mark; its text has a NUL in each letter, so that no other pattern matches there. */
const UTF_16 = String.raw`\A(?:\xff\xfe|\xfe\xff)`;
/** Escaped as in URLs, too. */
const DIGEST = "sha256(?::|%3a)";
/** What goes on a name, a sentence about it or a path, but no reference. */
const NO_REFERENCE = String.raw`[^A-Za-z0-9_./ ,;)\t\r-]`;
const CANDIDATE = quoted(candidateRepository(""));
/** Where a string ends, or a line goes on. */
const BREAK = String.raw`["'\`\\]`;

/**
 * Perl-compatible patterns, in any letter case, of which each file with a reference to a managed image or with any digest
 * matches at least one; other files may match too. Each costs about a tenth of the time for one: a literal start is what makes
 * it cheap, and all in one alternation would cost five times as much (`npm run bench -- pins`).
 *
 * A reference is split over strings wherever its writer liked. Then one of its lines has the name, or the name's beginning
 * after a slash at a string's end, or it has a digest.
 */
export function needlesOf({ repositories }: ManagedImages): readonly string[] {
  const paths = repositories.filter(({ candidate }) => !candidate).map(({ path }) => path);
  const names = [...new Set(paths.map((path) => path.toLowerCase().split("/").at(-1) ?? ""))];
  if (names.length === 0) return [];
  const begun = names.map((name) => beginningsOf(name + candidateRepository("")));
  return [
    UTF_16,
    DIGEST,
    ...names
      .filter((name) => !names.some((other) => other !== name && name.startsWith(other)))
      .map((name) => `${quoted(name)}${goesOn(name, names)}`),
    `/(?:${begun.join("|")})${BREAK}`,
  ];
}

/** Each beginning of a text that is not empty: `a(?:b(?:c)?)?`. */
function beginningsOf(text: string): string {
  return Array.from(text).reduceRight(
    (rest, letter) => quoted(letter) + (rest && `(?:${rest})?`),
    "",
  );
}

/** What stands after a name in a reference; its candidates' repository and names that begin like it are others. */
function goesOn(name: string, names: readonly string[]): string {
  const ends = names
    .filter((other) => other.startsWith(name))
    .map((other) => quoted(other.slice(name.length)));
  return `(?:${ends.join("|")})(?:${CANDIDATE})?${NO_REFERENCE}`;
}

function quoted(text: string): string {
  return text.replaceAll(/[^a-z0-9_]/g, String.raw`\$&`);
}
