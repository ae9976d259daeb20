/** Columns of a terminal that lines are kept within, where their words allow it. */
export const WIDTH = 100;

/**
 * Lines of at most {@link WIDTH} columns.
 * @param first what the first line begins with
 * @param others what every other line begins with
 */
export function wrapped(text: string, first: string, others = first): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    const longer = `${line ?? ""} ${word}`;
    if (line === undefined) lines.push(`${first}${word}`);
    else if (longer.length > WIDTH) lines.push(`${others}${word}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}
