/**
 * What does not show as what it is: control and format characters (ANSI codes, marks that turn the direction of writing, tags),
 * halves of characters, ends of lines, private and unassigned characters, and what is drawn as nothing.
 * @see https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
 * @see https://trojansource.codes
 */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const EACH_HIDDEN = new RegExp(HIDDEN, "gu");
const PLACEHOLDER = "\u{fffd}";
const ELLIPSIS = "...";

/** Whether every character of a text shows, and on one line. */
export function isPrintable(text: string): boolean {
  return !HIDDEN.test(text);
}

/**
 * A text for a person, whoever wrote it: blanks for line ends, a placeholder for everything else that does not show, cut with an
 * ellipsis. Never empty.
 * @param longest in characters of JavaScript, at least 4
 */
export function printable(text: string, longest: number): string {
  // Cut before and after: what is far too long is not looked at, and what is cut is not cut in the middle of a character.
  const shown = text
    .slice(0, longest + 1)
    .replace(/[\ud800-\udbff]$/, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(EACH_HIDDEN, PLACEHOLDER)
    .trim();
  const whole = text.length <= longest;
  if (whole) return shown === "" ? "(empty)".slice(0, longest) : shown;
  const cut = shown.slice(0, longest - ELLIPSIS.length).replace(/[\ud800-\udbff]$/, "");
  return `${cut}${ELLIPSIS}`;
}
