import { candidateRepository } from "../../../rules/build-cache.ts";
import type { ManagedImages } from "../../../rules/pins/managed-images.ts";

/** A file in UTF-16 with its byte order mark; its text has a NUL in each letter, so that no other pattern matches there. */
const UTF_16 = String.raw`\A(?:\xff\xfe|\xfe\xff)`;
/** Its colon may be escaped. */
const ALGORITHM = "sha256(?::|%3a)";
/** A digest alone, or one that its name is broken off from: another pattern finds a name that goes on with one. */
const DIGEST = String.raw`(?<![\w.-]@)${ALGORITHM}`;
/** A digest behind a name that ends in an interpolation; in two, since what begins with a choice is searched for slowly. */
const INTERPOLATED = [
  String.raw`\$\w{1,60}(?::[\w.{}$-]{1,128})?@${ALGORITHM}`,
  String.raw`\}:[\w.{}$-]{1,128}@${ALGORITHM}`,
];
/** What goes on a name, a sentence about it or a path, but no reference. */
const NO_REFERENCE = String.raw`[^A-Za-z0-9_./ ,;)\t\r-]`;
/** Where a string ends, or a line goes on. */
const BREAK = String.raw`"'\`\\`;
/** After a string's end, what comes before the next string. */
const JOINT = String.raw`(?=[ \t]*(?:[+\\#/"'\`]|[frbu]{1,2}["'\`]|\r?$))`;
/** Where Docker Hub keeps the images that have a name alone. */
const OFFICIAL = "docker.io/library/";

/**
 * Perl-compatible patterns, in any letter case, of which each file with a reference to a managed image or with a digest alone
 * matches at least one; other files may match too. Git goes over a file once for each pattern, so that they are few whatever
 * the number of images, and each has a beginning that git finds fast (`npm run bench -- pins`).
 *
 * A name has a slash before it. A reference is split over strings wherever its writer liked: then the slash, or a part of the
 * name after it, is the end of a string.
 */
export function needlesOf({ repositories }: ManagedImages): readonly string[] {
  const own = repositories.filter(({ candidate }) => !candidate);
  const names = [...new Set(own.map(({ path }) => path.toLowerCase().replace(/^.*\//, "")))];
  if (names.length === 0) return [];
  const whole = `(?:${names.map(quoted).join("|")})(?:${quoted(candidateRepository(""))})?${NO_REFERENCE}`;
  const first = names.map((name) => quoted(name.charAt(0))).join("");
  const owners = own.flatMap(({ path }) => /([^/]+)\/[^/]+$/.exec(path)?.[1] ?? []);
  const before = [...new Set(owners)].map((owner) => `${quoted(owner.toLowerCase())}/`);
  const broken = [
    `(?:${names.map((name) => beginningsOf(name + candidateRepository(""))).join("|")})[${BREAK}]`,
    // None of the name, or a letter, is much else too: after an owner or an interpolation alone.
    `(?<=${[...before, "[})]/"].join("|")})(?:[${first}][${BREAK}]|[${BREAK}]${JOINT})`,
  ];
  const bare = own.filter(({ host, path }) => `${host}/${path}`.startsWith(OFFICIAL));
  return [
    UTF_16,
    DIGEST,
    ...INTERPOLATED,
    `/(?=[${first}${BREAK}])(?:${whole}|${broken.join("|")})`,
    // Slashes as URLs and JSON may have them.
    `2f${whole}`,
    ...bare.map(({ path }) => `${quoted(path.slice(path.indexOf("/") + 1))}${NO_REFERENCE}`),
  ];
}

/** Each beginning of a text with two letters or more: `ab(?:c(?:d)?)?`. */
function beginningsOf(text: string): string {
  const [first = "", second = "", ...rest] = Array.from(text, quoted);
  return first + second + rest.reduceRight((end, letter) => `(?:${letter}${end})?`, "");
}

function quoted(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_]/g, String.raw`\$&`);
}
