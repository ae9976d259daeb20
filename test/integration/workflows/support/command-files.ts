/*
 * The files by which a step tells the runner something: `GITHUB_OUTPUT`, `GITHUB_ENV`, `GITHUB_PATH`, as strictly as
 * GitHub's runner reads them.
 * @see https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs
 */

/**
 * `NAME=VALUE` lines, and values of several lines between `NAME<<END` and `END`. Of a name that comes twice the last counts.
 * @throws Error in the words of GitHub's runner
 */
export function readPairs(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    if (line === "") continue;
    const equals = line.indexOf("=");
    const heredoc = line.indexOf("<<");
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`);
      pairs.set(line.slice(0, equals), line.slice(equals + 1));
      continue;
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`);
    const end = line.slice(heredoc + 2);
    if (heredoc === 0 || end === "") {
      throw new Error(`Invalid format '${line}'. Name and delimiter must not be empty`);
    }
    const last = lines.indexOf(end, index + 1);
    if (last < 0) throw new Error(`Invalid value. Matching delimiter not found '${end}'`);
    pairs.set(line.slice(0, heredoc), lines.slice(index + 1, last).join("\n"));
    index = last;
  }
  return pairs;
}

/**
 * What a step sets for the steps after it.
 * @throws Error for a variable that GitHub's runner does not let steps set
 */
export function readEnvironment(text: string): ReadonlyMap<string, string> {
  const pairs = readPairs(text);
  const refused = [...pairs.keys()].find((name) =>
    /^(?:NODE_OPTIONS|GITHUB_\w+|RUNNER_\w+|CI)$/i.test(name),
  );
  if (refused !== undefined) {
    throw new Error(`Can't store ${refused} output parameter using GITHUB_ENV`);
  }
  return pairs;
}

/** Folders for PATH, one a line; a later one comes first. */
export function readPath(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line !== "");
}
