import { posix } from "node:path";

/** What an ignore file says of a path, with what its patterns said of it one by one. */
export interface Verdict {
  readonly ignored: boolean;
  /** By pattern; a folder's hold for what is below it. */
  readonly matches: readonly boolean[];
}

/** The patterns of a `.dockerignore`. */
export interface IgnoreFile {
  /** Whether some pattern brings files back, so that an ignored folder may hold some that are not. */
  readonly hasExceptions: boolean;
  /** @param folder verdict of the folder that the path lies in; absent for what lies in the root */
  verdict(path: string, folder?: Verdict): Verdict;
}

interface Pattern {
  readonly exception: boolean;
  readonly matches: (path: string) => boolean;
}

/**
 * Reads an ignore file as BuildKit does when it walks a context. Two of its rules are easily missed: a pattern after an
 * exception takes effect below a folder only if it was asked about that folder, and that is not so once an earlier one had
 * matched it; and a pattern is a regular expression more than once, e.g. `\d`.
 * @see https://github.com/moby/patternmatcher/blob/v0.6.1/patternmatcher.go (MatchesUsingParentResults, compile)
 */
export function parseIgnoreFile(text: string): IgnoreFile {
  const patterns = text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .flatMap((line) => patternOf(line) ?? []);
  return {
    hasExceptions: patterns.some(({ exception }) => exception),
    verdict(path, folder) {
      let ignored = false;
      const matches = patterns.map(({ exception, matches: match }, index) => {
        let matched = folder?.matches[index] ?? false;
        if (!matched && exception === ignored) matched = match(path);
        if (matched) ignored = !exception;
        return matched;
      });
      return { ignored, matches };
    },
  };
}

function patternOf(line: string): Pattern | undefined {
  if (line.startsWith("#")) return undefined;
  let text = line.trim();
  const exception = text.startsWith("!");
  if (exception) text = text.slice(1).trim();
  if (text === "") return undefined;
  text = clean(text);
  if (text.length > 1 && text.startsWith("/")) text = text.slice(1);
  text = clean(text.trim());
  return { exception, matches: matcher(text, exception) };
}

/** Go's `filepath.Clean`. */
function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith("/") ? normal.slice(0, -1) : normal;
}

function matcher(pattern: string, exception: boolean): Pattern["matches"] {
  let kind: "exact" | "prefix" | "suffix" | "expression" = "exact";
  let expression = "^";
  const letters = Array.from(pattern);
  for (let at = 0; at < letters.length; at += 1) {
    const start = at;
    const letter = letters[at] ?? "";
    if (letter === "*" && letters[at + 1] === "*") {
      at += letters[at + 2] === "/" ? 2 : 1;
      if (at < letters.length - 1) {
        expression += "(.*/)?";
        kind = "expression";
      } else if (kind === "exact") kind = "prefix";
      else {
        expression += ".*";
        kind = "expression";
      }
      if (start === 0) kind = "suffix";
    } else if (letter === "*" || letter === "?") {
      expression += letter === "*" ? "[^/]*" : "[^/]";
      kind = "expression";
    } else if (letter === "\\" && at + 1 < letters.length) {
      at += 1;
      // Go's class of blanks has fewer of them.
      if (/[sS]/.test(letters[at] ?? "")) return () => exception;
      expression += `\\${letters[at] ?? ""}`;
      kind = "expression";
    } else if (letter === "[" || letter === "]") {
      expression += letter;
      kind = "expression";
    } else expression += /[.+()|{}$]/.test(letter) ? `\\${letter}` : letter;
  }
  switch (kind) {
    case "exact":
      return (path) => path === pattern;
    case "prefix":
      return (path) => path.startsWith(pattern.slice(0, -2));
    case "suffix": {
      const suffix = pattern.slice(2);
      return (path) => path.endsWith(suffix) || `/${path}` === suffix;
    }
    case "expression":
      try {
        const compiled = new RegExp(`${expression}$`, "u");
        return (path) => compiled.test(path);
      } catch {
        // Go's expressions are not quite JavaScript's: a pattern that cannot be told leaves no file out.
        return () => exception;
      }
  }
}
