/**
 * What does not show as what it is (control and format characters, marks that turn the direction of writing, what is drawn
 * as nothing, blanks that are none), what lies over other characters, and the two characters that end a code span or a cell.
 */
const UNSAFE = /[\p{C}\p{M}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}`|]|(?! )\p{Zs}/gu;

const ELLIPSIS = "…";

/**
 * A text that anybody may have written, as a code span that nothing in it can leave, in a paragraph, a list or a table. What is
 * in a code span links nothing, notifies nobody and closes no issue on GitHub. Characters that do not show, backticks and pipes
 * are shown by their code point: `\u{7c}`. A backslash is no escape for those: readers of tables disagree on `\\|`.
 * @param longest what of it is shown, in characters; the rest gives way to an ellipsis
 * @see https://github.github.com/gfm/#code-spans
 * @see https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/%40mention_filter.rb
 */
export function codeSpan(text: string, longest = 300): string {
  // No character takes more than two of JavaScript's: the rest of a long text is not looked at.
  const characters = Array.from(text.slice(0, 2 * longest + 2));
  const whole = characters.length <= longest;
  const shown = whole ? characters : [...characters.slice(0, longest - 1), ELLIPSIS];
  const safe = shown.join("").replaceAll(UNSAFE, byCodePoint);
  // Readers take one blank off both ends, if both have one; a span of nothing is no span.
  return safe === "" ? '`""`' : `\`${/^ | $/.test(safe) ? ` ${safe} ` : safe}\``;
}

/** Several texts as code spans, the first few of them. */
export function codeSpans(
  texts: readonly string[],
  { most, more = 0, longest }: { most: number; more?: number; longest?: number },
): string {
  const shown = texts.slice(0, most).map((text) => codeSpan(text, longest));
  const rest = texts.length - shown.length + more;
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}

function byCodePoint(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
