import type { RefPattern } from "./refs.ts";

/**
 * Whether every ref that one pattern admits is admitted by another: `v*-rc*` by `v*`, `release/2.10` by `release/*`. Where it
 * says no, some may be all the same: a class in brackets covers nothing here but itself.
 */
export function covers(wide: RefPattern, narrow: RefPattern): boolean {
  return wide.kind === narrow.kind && coversParts(parts(wide.pattern), parts(narrow.pattern));
}

function parts(pattern: string): readonly string[] {
  return pattern.split("/");
}

/** Part by part, since only `**` before a slash stands for parts of any number. */
function coversParts([wide, ...more]: readonly string[], narrow: readonly string[]): boolean {
  const [part, ...others] = narrow;
  if (wide === undefined || part === undefined) return wide === part;
  if (wide === "**" && more.length > 0) {
    // What is left over must not be empty: the pattern's last part stands for one.
    return coversParts(more, narrow) || (others.length > 0 && coversParts([wide, ...more], others));
  }
  // Parts of any number, where the other pattern has one.
  if (part === "**" && others.length > 0) return false;
  return coversPart(wide, part) && coversParts(more, others);
}

/** Whether `*` and `?` of one part can take all that another's letters and wildcards stand for. */
function coversPart(wide: string, narrow: string): boolean {
  if (/[[\]\\]/.test(wide + narrow)) return wide === narrow;
  // At its beginning, a wildcard stands for no dot, so that a letter that is one is not covered by it.
  if (/^[*?]/.test(wide) && narrow.startsWith(".")) return false;
  const regex = Array.from(wide, (letter) => {
    if (letter === "*") return ".*";
    // One letter, which an asterisk of the other's is not.
    return letter === "?" ? "[^*]" : letter.replace(/[$()+.^{|}]/, "\\$&");
  });
  return new RegExp(`^${regex.join("")}$`, "su").test(narrow);
}
