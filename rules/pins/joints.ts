import type { Span } from "./text-file.ts";

/** Where two pieces of one string, or of what may be one, meet in a joined text. */
export interface Joint {
  /** Index in the joined text of the first character after it. */
  readonly at: number;
  /** Whether every language reads what is before and after it as one word: a "+", quotes in a word of a shell, a backslash at a line's end. */
  readonly sure: boolean;
  /** One quote inside a word: `ghcr.io/rocm/x@"sha256:..."`. */
  readonly lone: boolean;
}

/** Languages in which strings that follow each other are one. */
const IMPLICIT = /\.(?:py|pyi|pyx|ipynb|bzl|rb|d|c|cc|cpp|cxx|cu|h|hh|hpp|hip|m|mm)$/i;

/** Languages in which a line that goes on has no indentation. */
const UNINDENTED = /\.ya?ml$/i;

/** Characters of a reference, and of an interpolation's ends, that a string breaks off after. */
const BEFORE = String.raw`[\w/.:@})%>-]`;
const AFTER = /[\w/.:@${(%<\\&-]/;
/** Where a joint or an escape begins. Each alternative is bounded, so that the search is linear in the text. */
const START = new RegExp(
  [
    String.raw`(?<=${BEFORE})["'\`]`,
    String.raw`(?<=${BEFORE})\\(?=[ \t]{0,8}\r?\n)`,
    String.raw`\\{1,2}(?=/)`,
    String.raw`%(?:2f|3a|40)`,
    String.raw`&#(?:64|58|47|x40|x3a|x2f);`,
    String.raw`\\(?:u00|x)(?:40|3a|2f)`,
  ].join("|"),
  "gi",
);
const CONTINUATION = /\\[ \t]{0,8}\r?\n(?<indent>[ \t]{0,200})/y;
const OPENING = /[frbu]{0,2}["'`]/iy;
const BLANKS = /[ \t]{1,200}/y;
const NEWLINE = /\r?\n|\r/y;
const LINE_COMMENT = /(?:#|\/\/)[^\r\n]{0,300}(?=[\r\n])/y;
const BLOCK_COMMENT = /\/\*[^*\r\n]{0,300}\*\//y;
/** Blanks, comments, line ends and operators between two pieces; a comment or two, but no page of them. */
const MOST_PARTS = 10;

const ESCAPED: Readonly<Record<string, string>> = { "2f": "/", "3a": ":", "40": "@" };
const ENTITY: Readonly<Record<string, string>> = { "64": "@", "58": ":", "47": "/" };

/**
 * A text without what parts the pieces of its strings, and with escapes read, that knows where each character stands. Whether
 * a joint counts is up to who reads over it: `run "a" "b"` is two words in a shell and one string in Python.
 */
export class JoinedText {
  readonly text: string;
  readonly #raw: string;
  readonly #pieces: Piece[] = [];

  /** @param path of the file: its ending says whether strings that follow each other are one */
  constructor(raw: string, path: string) {
    this.#raw = raw;
    const language = { implicit: IMPLICIT.test(path), unindented: UNINDENTED.test(path) };
    const parts: string[] = [];
    let length = 0;
    const add = (piece: Omit<Piece, "at">, text: string): void => {
      this.#pieces.push({ ...piece, at: length });
      parts.push(text);
      length += text.length;
    };
    let from = 0;
    let joint: Piece["joint"];
    const flush = (to: number): void => {
      if (to === from && joint === undefined) return;
      add({ start: from, end: to, joint }, raw.slice(from, to));
      joint = undefined;
    };
    START.lastIndex = 0;
    for (let found = START.exec(raw); found !== null; found = START.exec(raw)) {
      const cut = cutAt(raw, found.index, found[0], language);
      if (cut === undefined) continue;
      flush(found.index);
      from = cut.end;
      if (cut.character === undefined) joint = cut.joint;
      else add({ start: found.index, end: cut.end, joint: undefined }, cut.character);
      START.lastIndex = cut.end;
    }
    flush(raw.length);
    this.text = parts.join("");
  }

  /** Where characters stand in the file, in pieces where the string is split. */
  spans(from: number, to: number): readonly Span[] {
    const spans: { start: number; end: number }[] = [];
    for (let index = this.#indexOf(from); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index];
      if (piece === undefined || piece.at >= to) break;
      const length = this.#lengthOf(index);
      if (length === 0) continue;
      const whole = piece.end - piece.start !== length;
      const start = whole ? piece.start : piece.start + Math.max(0, from - piece.at);
      const end = whole ? piece.end : piece.start + Math.min(length, to - piece.at);
      const last = spans.at(-1);
      if (last?.end === start) last.end = end;
      else spans.push({ start, end });
    }
    return spans;
  }

  /** Where a character stands in the file. */
  rawIndex(index: number): number {
    const piece = this.#pieces[this.#indexOf(index)];
    return piece === undefined ? this.#raw.length : piece.start + index - piece.at;
  }

  /** The joints between the characters `from` and `to`: after the first, before the last. */
  joints(from: number, to: number): readonly Joint[] {
    const joints: Joint[] = [];
    for (let index = this.#indexOf(from); index < this.#pieces.length; index++) {
      const { at, joint } = this.#pieces[index] ?? { at: to, joint: undefined };
      if (at > to) break;
      if (joint !== undefined && at > from) joints.push({ at, ...joint });
    }
    return joints;
  }

  /** The joint right before a character. */
  jointAt(index: number): Joint | undefined {
    return this.joints(index - 1, index).find(({ at }) => at === index);
  }

  /** Whether two strings meet right before a character that are not surely one. */
  isParted(index: number): boolean {
    return this.jointAt(index)?.sure === false;
  }

  /** Index of the last piece that begins at or before a character. */
  #indexOf(index: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pieces[middle]?.at ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #lengthOf(index: number): number {
    return (this.#pieces[index + 1]?.at ?? this.text.length) - (this.#pieces[index]?.at ?? 0);
  }
}

/** What the kind of a file says about its strings. */
interface Language {
  readonly implicit: boolean;
  readonly unindented: boolean;
}

/** Characters that follow each other in both texts, or one in the joined text that is an escape in the file. */
interface Piece extends Span {
  /** Index in the joined text. */
  readonly at: number;
  /** What parts it from the piece before. */
  readonly joint: Pick<Joint, "sure" | "lone"> | undefined;
}

interface Cut {
  readonly end: number;
  /** What an escape stands for. */
  readonly character?: string;
  readonly joint?: Pick<Joint, "sure" | "lone">;
}

/** What is left out at an index, or read as another character; undefined where nothing is. */
function cutAt(raw: string, index: number, found: string, language: Language): Cut | undefined {
  if (found.length > 2 || found.startsWith("%")) {
    return { end: index + found.length, character: escaped(found) };
  }
  if (found.startsWith("\\")) {
    if (raw.charAt(index + found.length) === "/") return { end: index + found.length };
    const { length, indent = "" } = match(CONTINUATION, raw, index);
    if (!AFTER.test(raw.charAt(index + length))) return undefined;
    return {
      end: index + length,
      joint: { sure: indent === "" || language.unindented, lone: false },
    };
  }
  return gapAt(raw, index, language) ?? loneQuote(raw, index);
}

function escaped(text: string): string {
  const code = text.toLowerCase().replaceAll(/[%\\;]|&#x?|\\u00|\\x/g, "");
  return ENTITY[code] ?? ESCAPED[code.slice(-2)] ?? text;
}

/** From a closing quote to the next opening one. */
function gapAt(raw: string, index: number, { implicit }: Language): Cut | undefined {
  let at = index + 1;
  let plus = false;
  for (let parts = 0; parts < MOST_PARTS; parts++) {
    const opening = match(OPENING, raw, at).length;
    if (opening > 0) {
      const end = at + opening;
      if (!AFTER.test(raw.charAt(end))) return undefined;
      return { end, joint: { sure: plus || implicit || parts === 0, lone: false } };
    }
    const length = partLength(raw, at);
    if (length > 0) at += length;
    else if (raw.charAt(at) === "+" && !plus) {
      plus = true;
      at += 1;
    } else return undefined;
  }
  return undefined;
}

/** Length of the blanks, the line end or the comment at an index. */
function partLength(raw: string, at: number): number {
  for (const part of [BLANKS, NEWLINE, CONTINUATION, LINE_COMMENT, BLOCK_COMMENT]) {
    const { length } = match(part, raw, at);
    if (length > 0) return length;
  }
  return 0;
}

/** A quote in the middle of a word, as shells have them: only where a reference goes on after it or was broken off. */
function loneQuote(raw: string, index: number): Cut | undefined {
  const before = raw.charAt(index - 1);
  const after = raw.charAt(index + 1);
  const goesOn = /[/@:]/.test(before) ? /[\w${%\\]/.test(after) : /[/@:]/.test(after);
  return goesOn ? { end: index + 1, joint: { sure: true, lone: true } } : undefined;
}

function match(
  pattern: RegExp,
  text: string,
  index: number,
): { readonly length: number; readonly indent?: string } {
  pattern.lastIndex = index;
  const found = pattern.exec(text);
  if (found === null) return { length: 0 };
  const indent = found.groups?.["indent"];
  return { length: found[0].length, ...(indent !== undefined && { indent }) };
}
