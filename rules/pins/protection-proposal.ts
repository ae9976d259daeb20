import { codeSpan, codeSpans } from "../markdown-text.ts";
import type { PinnedDigest } from "./pinned-digests.ts";
import { LONGEST_BODY } from "./proposal.ts";
import type { Protection, SeenPin } from "./protection.ts";

/** What becomes of the file of a stack's pinned digests, and what is in it for nobody. */
export interface ProtectionText extends Pick<Protection, "added" | "released" | "gone"> {
  /** Name of the file. */
  readonly file: string;
  /** Pins that lead nowhere, and why. */
  readonly lost: readonly { readonly pin: SeenPin; readonly detail: string }[];
}

const MOST_USERS = 3;
const LONGEST_USER = 80;
const LONGEST_DETAIL = 150;

/** What the proposal is called. */
export function protectionTitle({ added, released, gone }: ProtectionText): string {
  const ends = released.length + gone.length;
  if (added.length + ends === 0) return "Say when pinned digests were seen last";
  const parts = [
    ...(added.length > 0 ? [`protect ${count(added.length, "more pinned digest")}`] : []),
    ...(ends > 0 ? [`release ${added.length > 0 ? String(ends) : count(ends, "digest")}`] : []),
  ];
  const text = parts.join(", ");
  return `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
}

/** The text of the proposal, in Markdown; fewer rows where it would be longer than GitHub takes. */
export function protectionBody(text: ProtectionText): string {
  const bodies = [40, 10, 1].map((most) => bodyWithin(text, most));
  return bodies.find((body) => Array.from(body).length <= LONGEST_BODY) ?? bodies.at(-1) ?? "";
}

function bodyWithin({ file, added, released, gone, lost }: ProtectionText, most: number): string {
  const rows = (pins: readonly PinnedDigest[]) =>
    pins.map(
      ({ image, digest, users }) =>
        `| ${codeSpan(image)} | ${codeSpan(digest)} | ${codeSpans(users, { most: MOST_USERS, longest: LONGEST_USER })} |`,
    );
  const lostRows = lost.map(
    ({ pin: { image, digest, user }, detail }) =>
      `| ${codeSpan(image)} | ${codeSpan(digest)} | ${codeSpan(user, LONGEST_USER)}: ${codeSpan(detail, LONGEST_DETAIL)} |`,
  );
  const parts = [
    `${codeSpan(file)} lists the digests that code somewhere has written. Once this is merged, \`slipway up\` gives each of them that is on ECR a name which retention keeps.`,
    ...table("New", "pinned in", rows(added), most),
    ...table("Released: nobody pins them any more", "was pinned in", rows(released), most),
    ...table("Not on ECR any more, so that nothing keeps them", "pinned in", rows(gone), most),
    ...table("Pins that lead nowhere, for who wrote them to mend", "pinned in", lostRows, most),
    "`slipway pins protect --propose` wrote this, and writes it anew every week; commits of others on its branch stop that.",
  ];
  return `${parts.join("\n\n")}\n`;
}

function table(
  title: string,
  last: string,
  rows: readonly string[],
  most: number,
): readonly string[] {
  if (rows.length === 0) return [];
  const head = [`| image | digest | ${last} |`, "| --- | --- | --- |"];
  const more = rows.length - most;
  return [
    `### ${title}`,
    [...head, ...rows.slice(0, most)].join("\n"),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
