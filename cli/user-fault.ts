import type { RunResult } from "../engine/events.ts";
import { UserError } from "../rules/problems.ts";

/** Whether an error is something a user can mend; Pulumi's SDK has a class of its own for it, `RunError`. */
export function isForUsers(error: unknown): boolean {
  return error instanceof UserError || (error instanceof Error && "__pulumiRunError" in error);
}

/** @throws UserError when the program refused to begin: there is nothing else to tell then. */
export function assertBegun({ steps, failures }: RunResult): void {
  const [failure, ...others] = failures;
  const begun = steps.some(({ kind }) => kind === "resource");
  if (failure === undefined || begun || others.length > 0) return;
  if (isForUsers(failure.error)) throw new UserError(failure.message, { cause: failure.error });
}
