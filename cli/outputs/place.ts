/** Keys of a job that GitHub evaluates before a runner has it, and so outside of its environment. */
const EARLY = new Set([
  "concurrency",
  "environment",
  "if",
  "name",
  "runs-on",
  "secrets",
  "strategy",
  "with",
]);

/** A place in a file, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A job as far as it matters to what it may read. */
export interface Job {
  readonly name: string;
  /** The environments that it may enter; empty for none, undefined where only GitHub knows. */
  readonly environments: readonly string[] | undefined;
  /** Where it says so. */
  readonly environmentAt?: Position;
}

/** A text of a workflow or action, and where it stands. */
export interface Place {
  readonly text: string;
  /** Keys that lead to it: `jobs`, `build`, `steps`, `0`, `with`, `aws-region`. */
  readonly path: readonly string[];
  /** Where in the file a part of the text stands, which is found at an offset in it. */
  readonly at: (offset: number, part: string) => Position;
  readonly job?: Job;
  /** Texts of environment variables by name: the step's, its job's and the workflow's. */
  readonly env: Texts;
  /** The texts of the map that it is in, by key. */
  readonly beside: Texts;
}

export type Texts = ReadonlyMap<string, string>;

/** Whether a text is read before its job enters an environment. */
export function isEarly({ job, path: [, , key = "", below] }: Place): boolean {
  return job !== undefined && EARLY.has(key) && !(key === "environment" && below === "url");
}

/** Whether a text is an expression without `${{ }}`. */
export function isBare({ path }: Place): boolean {
  return /^(?:pre-|post-)?if$/.test(path.at(-1) ?? "");
}
