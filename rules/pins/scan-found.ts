import { hexRuns } from "./hex-runs.ts";
import type { JoinedText } from "./joints.ts";
import type { ManagedRepository } from "./managed-images.ts";
import type { ManagedNames } from "./scan-names.ts";
import { interpolatedName, type NamedRepository, namedRepository } from "./scan-prefix.ts";
import { type Range, restAfter } from "./scan-rest.ts";

/** What a joined text says about managed images; ranges are of that text. */
export interface Found extends Range {
  /**
   * `mention`: a name without a pin, which a digest alone beside it may belong to. `hex`: a digest alone without its algorithm.
   */
  readonly kind: "reference" | "mention" | "digest" | "hex";
  readonly repository?: ManagedRepository;
  /** From the host to the name. */
  readonly name?: Range;
  readonly tag?: Range;
  readonly hex?: Range;
  /** What stands behind the name in the place of a digest. */
  readonly malformed?: Range;
  /** What stands before the "@" of a digest alone: a name that ends in an interpolation. */
  readonly behind?: string;
}

/** What makes a name a longer one, or one that only a running program knows; a sentence may end after it. */
const NAME_GOES_ON = /[.-]{0,20}[\w/${]/y;
const ALGORITHM = "sha256:";
const DIGEST = /sha256:[0-9a-f]{64}/g;
const WORD = /[\w-]/;
const NAMED = /[\w.)\]-]/;

/** References, names and digests alone, in the order of the text. */
export function foundIn(joined: JoinedText, names: ManagedNames, path: string): readonly Found[] {
  const named = namedIn(joined, names, path);
  const taken = new Set(named.map(({ hex }) => hex?.start));
  const digests = digestsIn(joined, taken);
  for (const { hex } of digests) taken.add(hex?.start);
  const hexes = named.length === 0 ? [] : hexesIn(joined, taken);
  let end = 0;
  // A tag may look like another name, or like a digest.
  return [...named, ...digests, ...hexes]
    .sort((a, b) => a.start - b.start)
    .filter((one) => {
      if (one.start < end) return false;
      end = one.end;
      return true;
    });
}

function namedIn(joined: JoinedText, names: ManagedNames, path: string): readonly Found[] {
  const found: Found[] = [];
  for (const { 0: name, index } of joined.text.matchAll(names.pattern)) {
    const end = index + name.length;
    if (matchesAt(NAME_GOES_ON, joined.text, end) && !joined.isParted(end)) continue;
    const ways = names.ways.get(name.toLowerCase()) ?? [];
    const named = namedRepository(joined, ways, index);
    const one = named && referenceOf(joined, named, { start: index, end }, path);
    if (one !== undefined) found.push(one);
  }
  return found;
}

function referenceOf(
  joined: JoinedText,
  { repository, start, form }: NamedRepository,
  name: Range,
  path: string,
): Found | undefined {
  const rest = restAfter(joined, name.end, path);
  if (rest === undefined) return undefined;
  const { tag, hex, malformed, given, end } = rest;
  const isPinned = hex !== undefined || malformed !== undefined;
  const isFamily = repository.family !== undefined;
  const part = { start, end, repository, name: { start, end: name.end } };
  if (tag === undefined && !isPinned && !given) {
    // Of other images a word is too common: "ubuntu", "${FOLDER}/ubuntu".
    const isName = form === "hosted" || (isFamily && start < name.start);
    return isName ? { kind: "mention", ...part } : undefined;
  }
  // Another owner's on Docker Hub, or a file of that name in a folder that is not known.
  if (form === "owned" || (form === "covered" && !isFamily && !isPinned)) return undefined;
  // "node@20" is a package.
  if (
    form !== "hosted" &&
    !isFamily &&
    malformed !== undefined &&
    !hasAlgorithm(joined, malformed)
  ) {
    return undefined;
  }
  const digest = { ...(hex && { hex }), ...(malformed && { malformed }) };
  return { kind: "reference", ...part, ...(tag && { tag }), ...digest };
}

function hasAlgorithm({ text }: JoinedText, { start }: Range): boolean {
  return text.slice(start, start + ALGORITHM.length).toLowerCase() === ALGORITHM;
}

/** Digests that no name stands before. */
function digestsIn(joined: JoinedText, taken: ReadonlySet<number | undefined>): readonly Found[] {
  const found: Found[] = [];
  for (const { 0: text, index } of joined.text.matchAll(DIGEST)) {
    const hex = { start: index + ALGORITHM.length, end: index + text.length };
    if (taken.has(hex.start) || !isWhole(joined, index, hex.end)) continue;
    const isBehind = joined.text.charAt(index - 1) === "@";
    const behind = isBehind ? interpolatedName(joined, index - 1) : undefined;
    // An interpolation may be any image, and what else is written there is another's name.
    if (isBehind && behind === undefined && NAMED.test(joined.text.charAt(index - 2))) continue;
    const name = behind !== undefined && { behind };
    found.push({ kind: "digest", start: index, end: hex.end, hex, ...name });
  }
  return found;
}

function hexesIn(joined: JoinedText, taken: ReadonlySet<number | undefined>): readonly Found[] {
  const found: Found[] = [];
  for (const index of hexRuns(joined.text)) {
    const hex = { start: index, end: index + 64 };
    if (taken.has(index) || joined.text.startsWith(ALGORITHM, index - ALGORITHM.length)) continue;
    if (isWhole(joined, index, hex.end)) found.push({ kind: "hex", ...hex, hex });
  }
  return found;
}

/** Whether neither a word nor a longer number is around. */
function isWhole(joined: JoinedText, start: number, end: number): boolean {
  const { text } = joined;
  const begins = !WORD.test(text.charAt(start - 1)) || joined.isParted(start);
  return begins && (!WORD.test(text.charAt(end)) || joined.isParted(end));
}

function matchesAt(pattern: RegExp, text: string, index: number): boolean {
  pattern.lastIndex = index;
  return pattern.test(text);
}
