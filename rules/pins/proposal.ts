import { codeSpan } from "../markdown-text.ts";
import { formatBytes } from "../byte-size.ts";
import { fencedText } from "./fenced-text.ts";

/** A line of a file. */
export interface ProposedPlace {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What is known of what changed in an image's folder between the commits of two digests. */
export type SourceChange =
  | { readonly from: string; readonly to: string; readonly diff: string }
  | { readonly unknown: string };

/** One image's move, with what a reviewer wants to know of it. */
export interface ProposedMove {
  /** Label. */
  readonly image: string;
  /** Each digest that it is pinned at, with its size where that is known, in bytes. */
  readonly from: readonly { readonly digest: string; readonly size?: number }[];
  readonly to: { readonly digest: string; readonly size?: number };
  readonly places: readonly ProposedPlace[];
  /** Who else has one of the old digests, each `OWNER/NAME@BRANCH`: nothing moves there. */
  readonly users: readonly string[];
  readonly source: SourceChange;
}

/** Everything that the text of a proposal says. */
export interface ProposalText {
  /** None: only dates beside digests change. */
  readonly moves: readonly ProposedMove[];
  /** Places that stay, and why. */
  readonly left: readonly (ProposedPlace & { readonly why: string })[];
  /** `https://github.com/ROCm/TheRock/blob/COMMIT`, which links begin with. */
  readonly blobs: string;
}

/** Characters of a pull request's text on GitHub. */
export const LONGEST_BODY = 65_536;
/** What one difference may take at first, and less where there are many. */
const LONGEST_DIFF = 20_000;
const MOST_PLACES = 200;
const LONGEST_NAME = 80;

/** What a proposal is called. @param images that move; none where only dates beside digests change */
export function proposalTitle(images: readonly string[]): string {
  const [first, ...others] = images;
  if (first === undefined) return "Mend the dates beside pins";
  const name = first.length > LONGEST_NAME ? `${first.slice(0, LONGEST_NAME)}…` : first;
  if (others.length === 0) return `Pin ${name} to what was published last`;
  return `Pin ${name} and ${others.length} more to what was published last`;
}

/**
 * The text of a proposal, in Markdown: digests and sizes, where they stand, and what changed in what they are built from. Shorter
 * differences and fewer places are shown where it would be longer than GitHub takes.
 */
export function proposalBody(text: ProposalText): string {
  for (const part of [1, 2, 4, 16, 64, Infinity]) {
    const limits = { diff: Math.floor(LONGEST_DIFF / part), places: Math.ceil(MOST_PLACES / part) };
    const body = bodyWithin(text, limits);
    if (Array.from(body).length <= LONGEST_BODY) return body;
  }
  const short = `${text.moves.length} images move; there are too many to be listed here, and the commit has them all.`;
  return `${short}\n`;
}

const DATES_ALONE =
  "The dates beside these pins become the days on which the images were built, in one commit; every digest stays.";

interface Limits {
  /** Characters of each difference. */
  readonly diff: number;
  /** Of each image. */
  readonly places: number;
}

function bodyWithin({ moves, left, blobs }: ProposalText, limits: Limits): string {
  const rows = moves.flatMap((move) => move.from.map((from) => row(move, from)));
  const table = ["| image | from | to | size |", "| --- | --- | --- | --- |", ...rows].join("\n");
  const moving =
    "These pins move to what was published last: every place in one commit, and no byte else.";
  const parts = [
    ...(moves.length === 0 ? [DATES_ALONE] : [moving, table]),
    ...moves.flatMap((move) => sectionOf(move, blobs, limits)),
    ...leftPart(left, blobs, limits),
    "Merging runs the checks of this pull request on these very digests. `slipway pins propose` wrote it, and writes it anew when something else is published; commits of others on its branch stop that.",
  ];
  return `${parts.join("\n\n")}\n`;
}

function row(
  { image, to }: ProposedMove,
  from: { readonly digest: string; readonly size?: number },
): string {
  const cells =
    from.digest === to.digest
      ? [
          "its candidate, the same",
          codeSpan(to.digest),
          to.size === undefined ? "not known" : formatBytes(to.size),
        ]
      : [codeSpan(from.digest), codeSpan(to.digest), sizes(from.size, to.size)];
  return `| ${[codeSpan(image), ...cells].join(" | ")} |`;
}

/** Compressed, as registries keep them. */
function sizes(before: number | undefined, after: number | undefined): string {
  if (after === undefined) return "not known";
  if (before === undefined) return `${formatBytes(after)} (before: not known)`;
  const difference = after - before;
  const sign = difference < 0 ? "−" : "+";
  return `${formatBytes(before)} → ${formatBytes(after)} (${sign}${formatBytes(Math.abs(difference))})`;
}

function sectionOf(
  { image, places, users, source }: ProposedMove,
  blobs: string,
  limits: Limits,
): readonly string[] {
  return [
    `### ${codeSpan(image)}`,
    placeList(
      places.map((place) => link(place, blobs)),
      limits,
    ),
    ...usersPart(users, limits),
    sourcePart(source, limits),
  ];
}

function usersPart(users: readonly string[], { places: most }: Limits): readonly string[] {
  if (users.length === 0) return [];
  const rest = users.length - most;
  const more = rest > 0 ? [`${rest} more`] : [];
  const listed = [...users.slice(0, most).map((user) => codeSpan(user)), ...more].join(", ");
  return [`What it moves from is pinned elsewhere, too, and stays there: ${listed}.`];
}

function sourcePart(source: SourceChange, { diff: longest }: Limits): string {
  if ("unknown" in source) return `What changed in what it is built from: ${source.unknown}.`;
  const { from, to, diff } = source;
  const between = `between ${codeSpan(from.slice(0, 12))} and ${codeSpan(to.slice(0, 12))}`;
  if (diff === "") {
    return `Nothing changed in its folder ${between}: its base is another one, or it was built anew.`;
  }
  const { text, isWhole } = fencedText(diff, "diff", longest);
  const more = isWhole ? "" : " The rest is not shown.";
  return `<details><summary>What changed in its folder</summary>\n\n${between[0]?.toUpperCase() ?? ""}${between.slice(1)}.${more}\n\n${text}\n\n</details>`;
}

function leftPart(left: ProposalText["left"], blobs: string, limits: Limits): readonly string[] {
  if (left.length === 0) return [];
  const lines = left.map((place) => `${link(place, blobs)}: ${codeSpan(place.why)}`);
  return ["### Left as they are", placeList(lines, limits)];
}

function placeList(lines: readonly string[], { places: most }: Limits): string {
  const rest = lines.length - most;
  const more = rest > 0 ? [`- and ${rest} more`] : [];
  return [...lines.slice(0, most).map((line) => `- ${line}`), ...more].join("\n");
}

/** A link's text is a code span, and its address has nothing that ends one. */
function link({ file, line }: ProposedPlace, blobs: string): string {
  const path = file.split("/").map(escapedPart).join("/");
  return `[${codeSpan(`${file}:${line}`)}](${blobs}/${path}?plain=1#L${line})`;
}

function escapedPart(part: string): string {
  return encodeURIComponent(part.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
