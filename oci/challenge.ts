/** One way to log in that a server offers in `WWW-Authenticate`. */
export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** Names in lower case: `realm`, `service`, `scope`, `error`. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = String.raw`[A-Za-z0-9!#$%&'*+.^_\x60|~-]+`;
const PARAMETER = new RegExp(`(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, "y");
const SCHEME = new RegExp(`(${TOKEN})(?=\\s|,|$)`, "y");
const SEPARATOR = /[\s,]+/y;

/**
 * Reads the challenges of a `WWW-Authenticate` header, several in one line included; reading stops at the first thing
 * that is not in the grammar.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-www-authenticate
 */
export function parseChallenges(header: string): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (at < header.length) {
    if (take(SEPARATOR) !== null) continue;
    const parameter = take(PARAMETER);
    const current = challenges.at(-1);
    if (parameter !== null && current !== undefined) {
      const [, name = "", quoted, bare = ""] = parameter;
      current.parameters[name.toLowerCase()] ??= quoted?.replaceAll(/\\(.)/g, "$1") ?? bare;
      continue;
    }
    const scheme = parameter === null ? take(SCHEME) : null;
    if (scheme === null) break;
    challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters: {} });
  }
  return challenges;
}
