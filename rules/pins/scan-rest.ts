import type { JoinedText } from "./joints.ts";
import { INTERPOLATION } from "./scan-interpolation.ts";

/** What stands after a name: a part of the joined text each. */
export interface Rest {
  /** Absent where it is an interpolation, too. */
  readonly tag?: Range;
  /** The 64 hex digits. */
  readonly hex?: Range;
  /** What stands where the digest belongs, and is none. */
  readonly malformed?: Range;
  /** Whether an interpolation stands where the digest belongs. */
  readonly given: boolean;
  /** Index in the joined text after its last character. */
  readonly end: number;
}

/** Characters of the joined text, the end not among them. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

const REST = new RegExp(
  [
    String.raw`(?::(?<tag>(?:\w|${INTERPOLATION})(?:[\w.-]|${INTERPOLATION}){0,127}))?`,
    String.raw`(?:@(?:sha256:(?<hex>[0-9a-f]{64})`,
    // A string that ends there and goes on with a variable.
    String.raw`|(?:sha256:)?(?<given>${INTERPOLATION}|["'\`]\s{0,20}\+\s{0,20}[A-Za-z_$])))?`,
  ].join(""),
  "dy",
);
/** What a tag is made of, so that nothing else in it is an interpolation. */
const TAG = /^[\w.-]+$/;
const ALGORITHM = "sha256";
/** A sentence ends there, and no tag. */
const SENTENCE_END = /[.-]+$/;
const FAULTY_DIGEST = /@\w/y;
/** Of the digits at most so many as tell what was meant; a few letters are a placeholder, and dots say that more is left out. */
const MALFORMED =
  /@(?<digest>sha256:(?:[0-9a-f]{7,31}|\w{32,200}))(?![\w${]|\.\.|\u2026|\u00e2\u0080\u00a6)/diy;
/**
 * What people write there instead: the digest as file names have it, one without its algorithm or of git's, a tag, and nothing
 * where the line ends. After nothing in quotes the rest may come from elsewhere, and other words are placeholders.
 */
const MISTAKEN = new RegExp(
  [
    String.raw`@(?<digest>(?:(?:sha256-)?[0-9a-fA-F]{32,200}|sha1:[0-9a-f]{7,200}|latest|main|v?\d{1,9}(?:\.\d{1,9}){0,3})`,
    String.raw`(?![\w$%{@:/-]|\.[\w.]|\u2026|\u00e2\u0080\u00a6)|(?=[ \t]{0,20}(?:[ \t]#|\r|\n|$)))`,
  ].join(""),
  "dy",
);
const STRING_END = /["'`]\s*\+.*$/s;
/** Files in which a quote inside a word is no end of it. */
const SHELL =
  /(?:\.(?:sh|bash|zsh|ksh|bats|mk|ya?ml|dockerfile)|(?:^|\/)(?:[\w.-]*(?:Dockerfile|Containerfile)[\w.-]*|[\w.-]*[Mm]akefile|[^./]+))$/i;

/**
 * The tag and the digest after a name; undefined where what follows makes it no reference, such as a path that goes on or a
 * digest that is none.
 * @param name index in the joined text after the name
 */
export function restAfter(joined: JoinedText, name: number, path: string): Rest | undefined {
  REST.lastIndex = name;
  const found = REST.exec(joined.text);
  const ranges = found?.indices?.groups ?? {};
  const tag = rangeOf(ranges["tag"]);
  const hex = rangeOf(ranges["hex"]);
  const given = ranges["given"] !== undefined;
  const whole = found?.[0] ?? "";
  // Of a string that goes on with a variable the reference ends where the string does.
  const end = name + whole.replace(STRING_END, "").length;
  const isWhole = hex !== undefined && !goesOn(joined, hex.end);
  const malformed = isWhole || given ? undefined : malformedAt(joined, tag?.end ?? name);
  if (malformed === undefined) {
    if (hex === undefined && !given) return tagAlone(joined, name, tag, path);
    if (hex !== undefined && !isWhole) return undefined;
  }
  const isTag = tag !== undefined && TAG.test(joined.text.slice(tag.start, tag.end));
  const own = { ...(isTag && { tag }), given };
  if (malformed !== undefined) return { ...own, malformed, end: malformed.end };
  return { ...own, ...(hex && { hex }), end };
}

/** A tag with no digest after it, as far as its string surely goes. */
function tagAlone(
  joined: JoinedText,
  name: number,
  tag: Range | undefined,
  path: string,
): Rest | undefined {
  const none = { given: false, end: name };
  // A digest in another string may follow, or one that is none.
  if (tag === undefined) return matchesAt(FAULTY_DIGEST, joined.text, name) ? undefined : none;
  const joints = joined.joints(name - 1, tag.end);
  if (joints.some(({ at, lone }) => lone && at <= tag.start) && !SHELL.test(path)) return none;
  const parted = joints.find(({ at, sure }) => !sure && at > tag.start)?.at;
  const end = parted ?? tag.end;
  if (parted === undefined && /[/@]/.test(joined.text.charAt(end))) return undefined;
  const text = joined.text.slice(tag.start, end);
  // '"ghcr.io/rocm/x":"sha256:..."' is a name and its digest.
  if (!TAG.test(text) || text === ALGORITHM) return none;
  const kept = tag.start + text.replace(SENTENCE_END, "").length;
  return { tag: { start: tag.start, end: kept }, given: false, end: kept };
}

/** What looks like a digest and is none, as far as its string surely goes. */
function malformedAt(joined: JoinedText, at: number): Range | undefined {
  const found = digestPlace(MALFORMED, joined.text, at) ?? digestPlace(MISTAKEN, joined.text, at);
  if (found === undefined) return undefined;
  const parted = joined.joints(found.start, found.end).find(({ sure }) => !sure)?.at;
  return { start: found.start, end: parted ?? found.end };
}

function digestPlace(pattern: RegExp, text: string, index: number): Range | undefined {
  pattern.lastIndex = index;
  return rangeOf(pattern.exec(text)?.indices?.groups?.["digest"]);
}

function matchesAt(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}

/** Whether a digit, a letter or another part of a word stands at an index that belongs to what is before it. */
function goesOn(joined: JoinedText, index: number): boolean {
  return /\w/.test(joined.text.charAt(index)) && !joined.isParted(index);
}

function rangeOf(indices: [number, number] | undefined): Range | undefined {
  return indices && { start: indices[0], end: indices[1] };
}
