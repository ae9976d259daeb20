/** Control and format characters, halves of a pair, and ends of lines and paragraphs. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Whether a terminal and a page show a text as it is, in one line. */
export function isPrintable(text: string): boolean {
  return !HIDDEN.test(text);
}
