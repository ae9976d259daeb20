/** Bytes from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Which bytes of a blob are there: ranges in order that neither touch nor overlap. */
export class Segments {
  readonly #size: number;
  #ranges: readonly Range[] = [];

  /** @param size of the blob, in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** @throws Error when the range is none of the blob's */
  add(added: Range): void {
    if (!isWithin(added, this.#size)) {
      throw new Error(`${added.start} to ${added.end} is no range of ${this.#size} bytes`);
    }
    const apart = this.#ranges.filter(({ start, end }) => end < added.start || start > added.end);
    const joined = this.#ranges.filter((range) => !apart.includes(range));
    const whole = {
      start: Math.min(added.start, ...joined.map(({ start }) => start)),
      end: Math.max(added.end, ...joined.map(({ end }) => end)),
    };
    this.#ranges = [...apart, whole].sort((a, b) => a.start - b.start);
  }

  /** How many bytes are there. */
  get bytes(): number {
    return this.#ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** How many bytes from the beginning on are there with no gap. */
  get beginning(): number {
    const first = this.#ranges[0];
    return first?.start === 0 ? first.end : 0;
  }

  /** The gaps, in order, in pieces of at most `segment` bytes. */
  missing(segment: number): readonly Range[] {
    if (!Number.isSafeInteger(segment) || segment < 1) {
      throw new Error(`a segment of ${segment} bytes`);
    }
    const pieces: Range[] = [];
    let from = 0;
    for (const { start, end } of [...this.#ranges, { start: this.#size, end: this.#size }]) {
      for (let at = from; at < start; at += segment) {
        pieces.push({ start: at, end: Math.min(at + segment, start) });
      }
      from = end;
    }
    return pieces;
  }
}

/** One line of a blob's record. */
export function rangeLine({ start, end }: Range): string {
  return `${start} ${end}\n`;
}

/**
 * The ranges in a blob's record that lie in its first `size` bytes. Whatever else is there is left out: the last line of a killed
 * process is not whole, and an earlier run may have been told of another size.
 */
export function recordedRanges(text: string, size: number): readonly Range[] {
  return text
    .split("\n")
    .slice(0, -1)
    .flatMap((line) => {
      const found = /^(\d{1,16}) (\d{1,16})$/.exec(line);
      const range = { start: Number(found?.[1]), end: Number(found?.[2]) };
      return found !== null && isWithin(range, size) ? [range] : [];
    });
}

function isWithin({ start, end }: Range, size: number): boolean {
  return (
    Number.isSafeInteger(start) &&
    Number.isSafeInteger(end) &&
    start >= 0 &&
    start < end &&
    end <= size
  );
}
