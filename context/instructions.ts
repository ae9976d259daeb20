import { heredocNames } from "./heredocs.ts";

/** One instruction of a Dockerfile, its lines joined. */
export interface Instruction {
  /** In capitals: `COPY`. */
  readonly keyword: string;
  /** What begins with `--`, without quotes: `--from=scripts`. */
  readonly flags: readonly string[];
  /** All after the flags. */
  readonly text: string;
}

export interface Instructions {
  readonly list: readonly Instruction[];
  /** Whether BuildKit is sure to read the same instructions; where not, nothing may be told from them. */
  readonly sure: boolean;
}

/** Blank to Go and to JavaScript; what else is blank to only one of them makes a text unsure. */
const SPACE = "[ \\t\\v\\f\\r\\n]";
const ODD_SPACE = /[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/;
const COMMENT = new RegExp(`^${SPACE}*#`);
const BLANK = new RegExp(`^${SPACE}*$`);
const DIRECTIVE = /^#[ \t\v\f\r]*(syntax|escape|check)[ \t\v\f\r]*=[ \t\v\f\r]*(.+?)[ \t\v\f\r]*$/i;
const WITH_HEREDOCS = /^(?:ONBUILD )?(?:ADD|COPY|RUN)(?: |$)/i;

/**
 * The instructions of a Dockerfile as BuildKit reads them. Which line belongs to which instruction is BuildKit's own rule,
 * quirks included: an escaped backslash at a line's end continues nothing, a comment inside an instruction is no part of
 * it, and `<<` opens a heredoc only as a word of its own. A parser that is a line off misses files that an image sees.
 * @see https://github.com/moby/buildkit/blob/v0.31.1/frontend/dockerfile/parser/parser.go
 */
export function instructionsOf(dockerfile: string): Instructions {
  const text = dockerfile.replace(/^\uFEFF/, "");
  const lines = text.split("\n").map((line) => line.replace(/\r+$/, ""));
  const escape = escapeToken(lines);
  const continued = new RegExp(`(^|[^\\${escape}])\\${escape}[ \\t]*$`);
  const list: Instruction[] = [];
  let sure = !ODD_SPACE.test(text);

  for (let at = 0; at < lines.length; at += 1) {
    let line = lines[at] ?? "";
    if (COMMENT.test(line) || BLANK.test(line)) continue;
    let joined = "";
    for (;;) {
      const ends = !continued.test(line);
      joined += ends ? line : line.replace(continued, "$1");
      if (ends) break;
      do at += 1;
      while (at < lines.length && (COMMENT.test(lines[at] ?? "") || BLANK.test(lines[at] ?? "")));
      if (at >= lines.length) break;
      line = lines[at] ?? "";
    }
    if (BLANK.test(joined)) continue;
    const instruction = split(joined, escape);
    if (instruction === undefined) {
      sure = false;
      continue;
    }
    list.push(instruction);
    const { keyword, text: rest } = instruction;
    if (!joined.includes("<<") || !WITH_HEREDOCS.test(`${keyword} ${rest}`.replace(/\s+/g, " "))) {
      continue;
    }
    const heredocs = heredocNames(joined);
    if (heredocs === undefined) sure = false;
    for (const { name, chomp } of heredocs ?? []) {
      const closes = (each: string) => (chomp ? each.replace(/^\t+/, "") : each) === name;
      const end = lines.findIndex((each, index) => index > at && closes(each));
      if (end < 0) sure = false;
      else at = end;
    }
  }
  return { list, sure };
}

/**
 * Directives come before everything else, and what is none ends them.
 * @see https://docs.docker.com/reference/dockerfile/#escape
 */
function escapeToken(lines: readonly string[]): string {
  for (const line of lines) {
    const [, name = "", value = ""] = DIRECTIVE.exec(line.replace(/^[ \t\v\f\r]+/, "")) ?? [];
    if (name === "") break;
    if (name.toLowerCase() === "escape") return value === "`" ? "`" : "\\";
  }
  return "\\";
}

/** Undefined where BuildKit and this may cut differently. */
function split(line: string, escape: string): Instruction | undefined {
  const [, keyword = "", rest = ""] = /^([^ \t\v\f\r]+)[ \t\v\f\r]*(.*)$/s.exec(line.trim()) ?? [];
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (/[ \t\v\f\r]/.test(rest[at] ?? "")) at += 1;
    if (!rest.startsWith("--", at)) break;
    let word = "";
    let quote = "";
    for (; at < rest.length && (quote !== "" || !/[ \t\v\f\r]/.test(rest[at] ?? "")); at += 1) {
      let letter = rest[at] ?? "";
      if (quote === "" ? letter === "'" || letter === '"' : letter === quote) {
        quote = quote === "" ? letter : "";
        continue;
      }
      if (letter === escape) {
        at += 1;
        letter = rest[at] ?? "";
      }
      word += letter;
    }
    // BuildKit reads flags byte by byte, and takes some bytes of other letters for blanks.
    if (quote !== "" || /[^\x20-\x7e]/.test(word)) return undefined;
    if (word === "--") break;
    flags.push(word);
  }
  return { keyword: keyword.toUpperCase(), flags, text: rest.slice(at).trim() };
}
