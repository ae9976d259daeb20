import { createHash } from "node:crypto";

/** How a marked name ends. 80 bits keep refs apart: a clash by chance needs about a million million refs. */
const MARK = /(?:^|-)h[0-9a-f]{20}$/;
/** Of `-h` and the hash. */
const MARK_LENGTH = 22;

/** Whether a text ends as only a marked name may. */
export function endsWithMark(text: string): boolean {
  return MARK.test(text);
}

/**
 * A name for a ref that may not have its plain one: readable letters of that, and the mark, `-h` and 20 hex digits of the
 * SHA-256 of the ref. Two refs never share a mark, whatever their letters.
 * @param plain what to keep letters of
 * @param ref in full, `refs/heads/...`, so that a branch and a tag differ
 * @param length of the result, at most
 */
export function markedName(plain: string, ref: string, length: number): string {
  const hash = createHash("sha256").update(ref).digest("hex").slice(0, 20);
  const letters = plain
    .replaceAll(/[^A-Za-z0-9._]+/g, "-")
    .slice(0, length - MARK_LENGTH)
    .replaceAll(/^[-._]+|[-._]+$/g, "");
  return letters === "" ? `h${hash}` : `${letters}-h${hash}`;
}
