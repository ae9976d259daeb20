/** What does not show as what it is, but for tabs and line ends. */
const HIDDEN = /(?![\t\n])[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/**
 * A text that anybody may have written as a block of code that nothing in it can leave: the fence is longer than any run of
 * backticks inside, and characters that do not show are shown by their code point.
 * @param language that GitHub colours it by
 * @param longest characters that are shown, whole lines of them
 */
export function fencedText(
  text: string,
  language: string,
  longest: number,
): { readonly text: string; readonly isWhole: boolean } {
  // The rest of a long text is not looked at.
  const safe = text
    .slice(0, longest + 1)
    .replaceAll("\r\n", "\n")
    .replaceAll(HIDDEN, (hidden) => `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`)
    .trimEnd();
  const isWhole = text.length <= longest && safe.length <= longest;
  const end = safe.lastIndexOf("\n", longest);
  const shown = isWhole ? safe : safe.slice(0, Math.max(end, 0));
  const runs = (shown.match(/`+/g) ?? []).map((run) => run.length);
  const fence = "`".repeat(Math.max(3, Math.max(0, ...runs) + 1));
  return { text: `${fence}${language}\n${shown}\n${fence}`, isWhole };
}
