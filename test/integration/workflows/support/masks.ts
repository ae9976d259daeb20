/* What must not be shown of a job's output. */

/** Secrets, and what steps mask by `::add-mask::`. */
export class Masks {
  readonly #values = new Set<string>();

  add(value: string): void {
    // GitHub's runner masks the lines of a value, too.
    for (const one of [value, ...value.split(/\r?\n/)]) {
      if (one.trim() !== "") this.#values.add(one);
    }
  }

  /** The text as GitHub shows it. */
  hide(text: string): string {
    const longestFirst = [...this.#values].sort((one, other) => other.length - one.length);
    return longestFirst.reduce((shown, value) => shown.replaceAll(value, "***"), text);
  }

  isIn(text: string): boolean {
    return [...this.#values].some((value) => text.includes(value));
  }
}

/** Commands in a step's output that the runner obeys. */
const OBEYED = /^::add-mask::(.*)$/;
/** Those that only show something. */
const SHOWN = /^::(?:debug|notice|warning|error|group|endgroup)(?:[ :].*)?::?/;
/** How each character that a command cannot hold is written. */
const ESCAPES: readonly (readonly [string, string])[] = [
  ["%0D", "\r"],
  ["%0A", "\n"],
  ["%25", "%"],
];

/**
 * What a step's output asks to mask.
 * @throws Error for a command that GitHub's runner no longer obeys, or that the runner of the tests does not know
 */
export function masksIn(output: string): readonly string[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const text = line.trimStart();
    const mask = OBEYED.exec(text)?.[1];
    if (mask !== undefined) {
      return [ESCAPES.reduce((value, [escaped, plain]) => value.replaceAll(escaped, plain), mask)];
    }
    if (/^::[a-z-]+(?: [^:]*)?::/.test(text) && !SHOWN.test(text)) {
      throw new Error(
        `the runner of the tests does not know the command in ${JSON.stringify(line)}`,
      );
    }
    return [];
  });
}
