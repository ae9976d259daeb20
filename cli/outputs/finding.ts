import type { Position } from "./place.ts";

/** What is wrong in a folder of workflows. */
export type FindingKind =
  /** No YAML, or no expression of GitHub's. */
  | "unreadable"
  /** A variable, a key or an environment that the stack does not declare. */
  | "unknown"
  /** A variable read where it is not given. */
  | "out of reach"
  /** A value of the stack written out. */
  | "hard-coded"
  /** A variable that nothing reads. */
  | "unused";

/** One fault, where it is and what to write. */
export interface Finding {
  readonly kind: FindingKind;
  /** Path relative to the folder; null where it is about the folder as a whole, as are line and column. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly message: string;
  /** What to write or do. */
  readonly remedy: string;
}

/** A fault in a file that is known. */
export type FileFinding = Position & Pick<Finding, "kind" | "message" | "remedy">;
