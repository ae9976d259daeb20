/** A part of a comment: a heading with rows below it, of which some may be left out. */
export interface Section {
  /** Lines before the rows: the heading, the head of a table. */
  readonly head: readonly string[];
  /** One line each. */
  readonly rows: readonly string[];
  /** Rows that were left out before: they are no longer there. */
  readonly leftOut: number;
  /** Lines after the rows. */
  readonly foot?: readonly string[];
}

/** The size of a text with the end of its last line, in bytes of UTF-8; in characters of JavaScript it is never larger. */
export function sizeOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
}

/**
 * The lines of sections, with as many whole rows as there is room for: in order, of each section until the first row that does
 * not fit. What is left out is counted in the section's last line.
 * @param room bytes; heads and notes are written even where there is none
 */
export function linesOf(sections: readonly Section[], room: number): readonly string[] {
  const frames = sections.map(({ head, rows, leftOut, foot = [] }) =>
    sizeOf([...head, ...noteOf(rows.length + leftOut), ...foot, ""]),
  );
  let left = room - frames.reduce((sum, size) => sum + size, 0);
  return sections.flatMap(({ head, rows, leftOut, foot = [] }) => {
    let count = 0;
    for (const row of rows) {
      const size = sizeOf([row]);
      if (size > left) break;
      left -= size;
      count += 1;
    }
    const missing = rows.length - count + leftOut;
    return [...head, ...rows.slice(0, count), ...noteOf(missing), ...foot, ""];
  });
}

function noteOf(missing: number): readonly string[] {
  return missing === 0 ? [] : ["", `*${missing} more, left out here.*`];
}
