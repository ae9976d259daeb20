/** A text that is written below its instruction, up to a line that is its name. */
export interface Heredoc {
  readonly name: string;
  /** Whether tabs before the name are left out: `<<-`. */
  readonly chomp: boolean;
}

const HEREDOC = /^\d*<<(-?)([^<]*)$/;
const NAME = /^(?:"([^\s"'`\\$<>]+)"|'([^\s"'`\\$<>]+)'|([^\s"'`\\$<>]+))$/;

/**
 * The heredocs of an instruction, in order. Words are cut as a shell does, so that `"a <<EOF b"` opens none.
 * @returns undefined where it cannot be told, e.g. with a quote that is not closed
 * @see https://github.com/moby/buildkit/blob/v0.31.1/frontend/dockerfile/parser/parser.go (heredocsFromLine)
 */
export function heredocNames(line: string): readonly Heredoc[] | undefined {
  const words = shellWords(line);
  if (words === undefined || /\$\{(?!\w+\})/.test(line)) return undefined;
  const found: Heredoc[] = [];
  for (const word of words) {
    const heredoc = heredocOf(word);
    // Whether blanks may stand before the name depends on BuildKit's version.
    if (/(?<!<)(?:<<)+$/.test(word)) return undefined;
    if (heredoc === "unclear") return undefined;
    if (heredoc !== undefined) found.push(heredoc);
  }
  return found;
}

/** Undefined for a word that is none. */
export function heredocOf(word: string): Heredoc | "unclear" | undefined {
  const [, chomp, rest = ""] = HEREDOC.exec(word) ?? [];
  if (rest === "") return undefined;
  const [, double, single, bare] = NAME.exec(rest) ?? [];
  const name = double ?? single ?? bare;
  return name === undefined ? "unclear" : { name, chomp: chomp === "-" };
}

/** Words with their quotes and escapes; undefined when a quote is not closed. */
function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word = "";
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at] ?? "";
    if (letter === "\\" && quote !== "'") {
      word += letter + (line[at + 1] ?? "");
      at += 1;
    } else if (quote === "" && /\s/.test(letter)) {
      if (word !== "") words.push(word);
      word = "";
    } else {
      if (quote === "" ? letter === "'" || letter === '"' : letter === quote) {
        quote = quote === "" ? letter : "";
      }
      word += letter;
    }
  }
  if (word !== "") words.push(word);
  return quote === "" ? words : undefined;
}
