import type { JoinedText } from "./joints.ts";
import type { ManagedRepository } from "./managed-images.ts";
import { interpolationBefore, isInterpolation, mayBe } from "./scan-interpolation.ts";
import type { NamedWay } from "./scan-names.ts";

/** Which managed repository a name belongs to, by what stands before it. */
export interface NamedRepository {
  readonly repository: ManagedRepository;
  /** Index in the joined text of the first character that belongs to the reference. */
  readonly start: number;
  /**
   * `hosted`: with its host and its owner, or interpolations for them. `covered`: with one interpolation for all that. `bare`:
   * without a host, as Docker Hub's images are named. `owned`: without a host, though its registry needs one; that may be given
   * elsewhere, so that this names the image and is no reference.
   */
  readonly form: "hosted" | "covered" | "bare" | "owned";
}

/** A line end in another writing, the start of a line that a diff removes, the default of a shell's variable. */
const OTHER_BOUNDARIES = [
  "^",
  String.raw`\\[nrt]`,
  String.raw`%[0-9a-f]{2}`,
  String.raw`(?:^|[\r\n:]|\{\w{1,60})-`,
];
/** What a reference begins after: no letter, no part of a path or of a host. */
const BOUNDARY = boundary(
  String.raw`[^\w.@/~%\\-]`,
  String.raw`(?<!\w)[a-z][a-z0-9+.-]{0,30}:\/\/`,
);
/** A name without its host is none after any scheme, nor as a variable. */
const BARE_BOUNDARY = boundary(
  String.raw`[^\w.@/~%\\$&{-]`,
  String.raw`(?<!\w)docker(?:-image|-daemon)?:(?:\/\/)?`,
);
const WORD = /[\w.$-]/;
const INTERPOLATED = /[})%@s]/;
const PORT = /(?<=:\d{1,5})/y;
/** Of a part of a path, or of a host. */
const MOST_CHARACTERS = 255;
/** Parts of a path, with the host, before a name. */
const MOST_PARENTS = 5;

/**
 * The repository that a name belongs to; undefined where it is none of the managed ones, or a part of a longer name.
 * @param start of the name in the joined text
 */
export function namedRepository(
  joined: JoinedText,
  ways: readonly NamedWay[],
  start: number,
): NamedRepository | undefined {
  return (
    firstOf(ways, "hosted", (way) => hostedStart(joined, way, start)) ??
    firstOf(ways, "hosted", (way) => interpolatedStart(joined, way, start)) ??
    firstOf(ways, "covered", () => interpolationStart(joined, start)) ??
    firstOf(ways, "bare", (way) => (way.bare ? bareStart(joined, way, start) : undefined)) ??
    firstOf(ways, "owned", (way) => (way.bare ? undefined : bareStart(joined, way, start)))
  );
}

/**
 * The name that ends in an interpolation right before an index, without its tag: `${HOST}/rocm/$IMAGE`; undefined where another
 * name does, or none.
 */
export function interpolatedName(joined: JoinedText, index: number): string | undefined {
  const { text } = joined;
  const last = partStart(text, index);
  const isTag = text.charAt(last - 1) === ":" && text.charAt(last) !== "-";
  const end = isTag ? last - 1 : index;
  if (interpolationBefore(text, end) === 0) return undefined;
  let start = partStart(text, end);
  for (let parents = 0; parents < MOST_PARENTS; parents++) {
    const part = partBefore(text, start);
    if (part === undefined) break;
    start = part.start;
  }
  // "${IMAGE:-$HOST/$NAME@...}"
  if (text.charAt(start) === "-") start += 1;
  const begins = !/[\w./-]/.test(text.charAt(start - 1)) || isBoundary(BOUNDARY, joined, start);
  return begins ? text.slice(start, end) : undefined;
}

function firstOf(
  ways: readonly NamedWay[],
  form: NamedRepository["form"],
  startOf: (way: NamedWay) => number | undefined,
): NamedRepository | undefined {
  for (const way of ways) {
    const start = startOf(way);
    if (start !== undefined) return { repository: way.repository, start, form };
  }
  return undefined;
}

/** `ghcr.io/ROCm/` */
function hostedStart(joined: JoinedText, way: NamedWay, name: number): number | undefined {
  for (const host of way.hosts) {
    const start = writtenBefore(joined.text, [host, ...way.parents, ""].join("/"), name);
    if (start !== undefined && isBoundary(BOUNDARY, joined, start)) return start;
  }
  return undefined;
}

/** `rocm/`, or nothing of an official image. */
function bareStart(joined: JoinedText, way: NamedWay, name: number): number | undefined {
  const start = writtenBefore(joined.text, [...way.parents, ""].join("/"), name);
  return start !== undefined && isBoundary(BARE_BOUNDARY, joined, start) ? start : undefined;
}

/** `${REGISTRY}/rocm/`, `ghcr.io/${{ github.repository_owner }}/`, `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/pytorch/` */
function interpolatedStart(joined: JoinedText, way: NamedWay, name: number): number | undefined {
  let at = name;
  for (const parent of way.parents.toReversed()) {
    const part = partBefore(joined.text, at);
    if (part === undefined || !mayBe(part.text, parent)) return undefined;
    at = part.start;
  }
  const part = partBefore(joined.text, at);
  if (part === undefined) return undefined;
  // "${IMAGE:-${REGISTRY}/rocm/x}"
  const start = part.text.startsWith("-") ? part.start + 1 : part.start;
  const host = joined.text.slice(start, at - 1);
  // Before a name alone it may as well be a folder.
  if (way.parents.length === 0 && isInterpolation(host)) return undefined;
  const isHost = way.hosts.some((known) => mayBe(host, known));
  return isHost && isBoundary(BOUNDARY, joined, start) ? start : undefined;
}

/** `${REGISTRY}/` for host and owner in one. */
function interpolationStart(joined: JoinedText, name: number): number | undefined {
  const part = partBefore(joined.text, name);
  if (part === undefined || !isInterpolation(part.text)) return undefined;
  return isBoundary(BOUNDARY, joined, part.start) ? part.start : undefined;
}

/** Where a text begins that stands right before an index, whatever its case. */
function writtenBefore(text: string, known: string, index: number): number | undefined {
  const start = index - known.length;
  return start >= 0 && text.slice(start, index).toLowerCase() === known ? start : undefined;
}

/** The part of a path, or the host, that ends with a slash right before an index. */
function partBefore(
  text: string,
  index: number,
): { readonly start: number; readonly text: string } | undefined {
  if (text.charAt(index - 1) !== "/") return undefined;
  const end = index - 1;
  PORT.lastIndex = end;
  const start = partStart(text, PORT.test(text) ? text.lastIndexOf(":", end) : end);
  return start < end ? { start, text: text.slice(start, end) } : undefined;
}

/** Where the letters and interpolations before an index begin. */
function partStart(text: string, end: number): number {
  const least = Math.max(0, end - MOST_CHARACTERS);
  let at = end;
  while (at > least) {
    const character = text.charAt(at - 1);
    const interpolated = INTERPOLATED.test(character) ? interpolationBefore(text, at) : 0;
    if (interpolated > 0) at -= interpolated;
    else if (WORD.test(character)) at -= 1;
    else break;
  }
  return at;
}

/** Whether a reference may begin at an index. Where two strings meet it may, unless they are surely one. */
function isBoundary(pattern: RegExp, joined: JoinedText, index: number): boolean {
  if (joined.isParted(index)) return true;
  pattern.lastIndex = index;
  return pattern.test(joined.text);
}

function boundary(...patterns: readonly string[]): RegExp {
  return new RegExp(`(?<=${[...patterns, ...OTHER_BOUNDARIES].join("|")})`, "iy");
}
