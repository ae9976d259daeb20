import type { Span, TextFile } from "./text-file.ts";

/** From 1 each; the column in characters as an editor counts them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const BYTE_ORDER_MARK = /^(?:\u00ef\u00bb\u00bf|\ufeff)/;

/** The lines of a file. */
export class Lines {
  readonly #text: string;
  readonly #isBytes: boolean;
  readonly #starts: number[] = [0];
  /** What was counted last: a file may be one line with many places. */
  #counted = { index: 0, line: 1, column: 1 };

  constructor({ text, encoding }: TextFile) {
    this.#text = text;
    this.#isBytes = encoding === "bytes";
    let [lf, cr] = [this.#next("\n", 0), this.#next("\r", 0)];
    while (lf < Infinity || cr < Infinity) {
      const end = cr + 1 === lf ? lf : Math.min(lf, cr);
      this.#starts.push(end + 1);
      if (lf <= end) lf = this.#next("\n", end + 1);
      if (cr <= end) cr = this.#next("\r", end + 1);
    }
  }

  /** The line of a character, from 1. */
  lineOf(index: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** A line's characters with its end; none where there is no such line. */
  span(line: number): Span {
    const start = this.#starts[line - 1] ?? this.#text.length;
    return { start, end: this.#starts[line] ?? this.#text.length };
  }

  positionOf(index: number): Position {
    const line = this.lineOf(index);
    const { start } = this.span(line);
    const goesOn = this.#counted.line === line && this.#counted.index <= index;
    const from = goesOn ? this.#counted : { index: start, column: 1 };
    const column = from.column + this.#characters(from.index, index);
    this.#counted = { index, line, column };
    return { line, column };
  }

  /** Where a line end is next: to search for one is many times faster than to look at each character. */
  #next(end: "\n" | "\r", from: number): number {
    const index = this.#text.indexOf(end, from);
    return index === -1 ? Infinity : index;
  }

  /** Characters, of which UTF-8 and UTF-16 write some in several parts; a byte order mark is none. */
  #characters(from: number, to: number): number {
    let count = 0;
    for (let index = from; index < to; index++) {
      const code = this.#text.charCodeAt(index);
      const isPart = this.#isBytes ? (code & 0xc0) === 0x80 : (code & 0xfc00) === 0xdc00;
      if (!isPart) count += 1;
    }
    return from === 0 && count > 0 && BYTE_ORDER_MARK.test(this.#text) ? count - 1 : count;
  }
}
