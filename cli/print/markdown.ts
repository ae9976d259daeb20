/** As code that no content can leave: a fence longer than any run of backticks inside. */
export function fenced(text: string): string {
  // Without it, backticks on both sides of one are a longer run.
  const shown = text.replaceAll("\r", "");
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}\n${shown}\n${fence}`;
}

/** Code that a reader has to open, as blocks of their own. */
export function folded(summary: string, text: string): string {
  return `<details><summary>${summary}</summary>\n\n${fenced(text)}\n\n</details>`;
}

/** A code span in a cell of a table; one space at each end keeps backticks of the text apart from those of the span. */
export function code(text: string): string {
  const quote = "`".repeat(longestRun(text) + 1);
  const line = text.replaceAll("|", "\\|").replaceAll(/[\r\n]+/g, " ");
  return quote.length > 1 ? `${quote} ${line} ${quote}` : `${quote}${line}${quote}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** Rows as a table, the first as its head. */
export function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows];
  return lines.map((line) => `| ${line.join(" | ")} |`).join("\n");
}
