/** A text of a policy in which `*` stands for any characters and `?` for one; everything else means itself. */
export type Pattern = readonly PatternPart[];
type PatternPart = { readonly text: string } | "*" | "?";

/** Values of condition keys in a request, by key in lower case; several values where a key has several. */
export type RequestContext = ReadonlyMap<string, string | readonly string[]>;

const SPECIAL = /\$\{([^}]*)\}|[*?]/g;
const WITH_DEFAULT = /^([^,]*), '(.*)'$/s;

/** Whether a text holds a wildcard, besides those that policy variables make literal. */
export function hasWildcard(text: string): boolean {
  return /[*?]/.test(text.replaceAll(/\$\{[^}]*\}/g, ""));
}

/** Whether a text holds a policy variable: `${aws:username}`, and `${*}` for a literal asterisk. */
export function hasVariable(text: string): boolean {
  return /\$\{[^}]*\}/.test(text);
}

/**
 * A value of a condition as a pattern, its policy variables replaced by what the request has.
 * @param context undefined in a policy whose version knows no variables: they are plain text there
 * @returns undefined when a variable has no single value in the request, which makes the statement invalid
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
export function patternOf(value: string, context: RequestContext | undefined): Pattern | undefined {
  const parts: PatternPart[] = [];
  let end = 0;
  for (const match of value.matchAll(SPECIAL)) {
    const [whole, variable] = match;
    parts.push({ text: value.slice(end, match.index) });
    end = match.index + whole.length;
    if (whole === "*" || whole === "?") {
      parts.push(whole);
    } else {
      const text = context === undefined ? whole : resolved(variable ?? "", context);
      if (text === undefined) return undefined;
      parts.push({ text });
    }
  }
  return [...parts, { text: value.slice(end) }];
}

function resolved(variable: string, context: RequestContext): string | undefined {
  if (["*", "?", "$"].includes(variable)) return variable;
  const [, name = variable, byDefault] = WITH_DEFAULT.exec(variable) ?? [];
  const value = context.get(name.toLowerCase());
  return typeof value === "string" ? value : byDefault;
}

/** Whether a text is what a pattern describes, wildcards included; in time that no pattern makes long. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  const wanted = pattern.flatMap<string | symbol>((part) =>
    part === "*" ? ANY : part === "?" ? ONE : Array.from(part.text),
  );
  const found = Array.from(text);
  let [at, next] = [0, 0];
  // Where to go on, when what follows the last asterisk does not fit: one character later.
  let again: { at: number; next: number } | undefined;
  while (next < found.length) {
    if (wanted[at] === ANY) {
      again = { at: ++at, next };
    } else if (at < wanted.length && (wanted[at] === ONE || wanted[at] === found[next])) {
      at++;
      next++;
    } else if (again !== undefined) {
      again.next++;
      ({ at, next } = again);
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((part) => part === ANY);
}

const ANY = Symbol("any characters");
const ONE = Symbol("one character");

/** A pattern as plain text: its wildcards mean themselves, as `StringEquals` has it. */
export function plainText(pattern: Pattern): string {
  return pattern.map((part) => (typeof part === "string" ? part : part.text)).join("");
}

/** Whether a text is what a pattern without variables describes: `sts:*`. */
export function matchesWildcards(pattern: string, text: string): boolean {
  const parts = patternOf(pattern, undefined);
  return parts !== undefined && matchesPattern(parts, text);
}
