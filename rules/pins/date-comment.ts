import type { Span } from "./text-file.ts";

const DAY = String.raw`\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const CLOCK = String.raw`\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?!\w))?`;
/** A zone that is a matter of politics, and half of a day: such a date says nothing that can be told for sure. */
const OTHER_CLOCK = String.raw`[ ]?(?:[ap]\.?m|[a-z]{1,3}[sd]t|cet|msk)\b`;
const DATE = String.raw`(?<date>${DAY}(?:[T ]${CLOCK}(?!${OTHER_CLOCK})|(?![T ]\d\d:)))(?![\w-]|[:.+]\d)`;
/** What says that the date is the image's own, and not when a hold ends or a comment was written. */
const WORDS = String.raw`(?:(?:pushed|built|published|created|image|latest|main|as of|from|of|on|at|date)\b[ \t:,=]{0,4}){0,4}`;
const COMMENT = new RegExp(
  String.raw`(?:(?<![^\s"'\`,;)\]}])(?:#|\/\/|<!--|\/\*|--|;)[ \t]{0,20}${WORDS}|\b(?:pushed|built|published|created)[ \t:]{1,4}(?:(?:on|at)[ \t])?)${DATE}`,
  "id",
);
/** `` `...@sha256:...` (2026-08-18) `` */
const PARENTHESES = new RegExp(String.raw`^[ \t"'\`]{0,20}\(${DATE}\)`, "d");
/** Characters after a digest in which a comment about it begins. */
const NEAR = 200;

/**
 * The date that a comment after a digest gives it, on the same line: `# 2026-08-18`, `// built 2026-08-18T15:21:18Z`,
 * `<!-- 2026-08-18 -->`, `(pushed 2026-08-18)`; or right behind it `(2026-08-18)`.
 * @param from where the digest ends
 * @param to where its line ends, or what else stands there begins
 */
export function dateComment(
  text: string,
  from: number,
  to: number,
): { readonly text: string; readonly span: Span } | undefined {
  const behind = text.slice(from, Math.min(to, from + NEAR));
  const found = PARENTHESES.exec(behind) ?? COMMENT.exec(behind);
  const [start, end] = found?.indices?.groups?.["date"] ?? [];
  if (start === undefined || end === undefined) return undefined;
  const span = { start: from + start, end: from + end };
  return { text: text.slice(span.start, span.end), span };
}
