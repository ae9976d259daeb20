/** One fault of an input: where it is, and in one sentence what was found, the rule and what to write. */
export interface Problem {
  /** Path inside the input: `accelerators.cuda12.8.base`. */
  readonly path: string;
  readonly message: string;
}

/**
 * A user's mistake or a condition of the machine that a user can mend. Printed without a stack trace; exit code 1.
 * Everything else that is thrown is a fault of Slipway itself.
 */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/**
 * All faults of one input at once, in the form
 * ```
 * Pulumi.main.yaml: 2 problems
 *   slipway:owner: missing; the GitHub organisation, e.g. slipway:owner: pytorch
 *   slipway:protect: "yes" is not a boolean; write true or false
 * ```
 */
export class ProblemsError extends UserError {
  override readonly name = "ProblemsError";
  readonly source: string;
  readonly problems: readonly Problem[];

  constructor(source: string, problems: readonly Problem[]) {
    super(formatProblems(source, problems));
    this.source = source;
    this.problems = problems;
  }
}

export function formatProblems(source: string, problems: readonly Problem[]): string {
  const sorted = [...problems].sort(
    (a, b) => compare(a.path, b.path) || compare(a.message, b.message),
  );
  const count = sorted.length === 1 ? "1 problem" : `${sorted.length} problems`;
  return [`${source}: ${count}`, ...sorted.map((p) => `  ${p.path}: ${p.message}`)].join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
