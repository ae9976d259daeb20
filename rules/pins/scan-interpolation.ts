import type { Repository } from "../image-reference.ts";

/**
 * What stands for a text that is known when a program runs, in the languages that name images: `${X}`, `${{ env.X }}`, `$X`,
 * `$(X)`, `{{ x }}`, `#{x}`, `{x}`, `%X%`, `%(x)s`, `%s`, `@X@`. Bounded, so that no text makes it slow.
 */
export const INTERPOLATION = [
  String.raw`\$\{\{[^{}\r\n]{1,200}\}\}`,
  String.raw`[$#]\{[^{}\r\n]{1,100}\}`,
  String.raw`\$\([^()\r\n]{1,100}\)`,
  String.raw`\$\w{1,60}`,
  String.raw`\{\{[^{}\r\n]{1,100}\}\}`,
  String.raw`\{[^{}\r\n]{0,100}\}`,
  String.raw`%\(\w{1,60}\)s`,
  String.raw`%[sv](?!\w)`,
  String.raw`%\w{1,60}%`,
  String.raw`@\w{1,60}@`,
].join("|");

const ALL = new RegExp(INTERPOLATION, "g");
const WHOLE = new RegExp(`^(?:${INTERPOLATION})$`);
const CLOSED = new RegExp(`(?<=(?<interpolation>${INTERPOLATION}))`, "y");

/** Whether a name with interpolations may be that of a repository, with its host or without. */
export function mayName(name: string, { host, path }: Repository): boolean {
  return mayBe(name, `${host}/${path}`) || mayBe(name, path);
}

/** Length of the interpolation that ends right before an index; 0 where none does. */
export function interpolationBefore(text: string, index: number): number {
  CLOSED.lastIndex = index;
  return CLOSED.exec(text)?.groups?.["interpolation"]?.length ?? 0;
}

/** Whether a text is nothing but one interpolation. */
export function isInterpolation(text: string): boolean {
  return WHOLE.test(text);
}

/**
 * Whether a part of a reference may be a known one: the same whatever its case, or with interpolations where it differs,
 * `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com`.
 */
export function mayBe(part: string, known: string): boolean {
  const pieces = part.toLowerCase().split(ALL);
  const first = pieces.shift() ?? "";
  const last = pieces.pop();
  const whole = known.toLowerCase();
  if (last === undefined) return first === whole;
  if (!whole.startsWith(first) || !whole.endsWith(last)) return false;
  let at = first.length;
  for (const piece of pieces) {
    const found = whole.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at + last.length <= whole.length;
}
