import { UserError } from "../rules/problems.ts";

/**
 * Waits for all of the work, so that nothing goes on behind an error that was reported, and then throws: one failure as it
 * is, several that a user can mend together.
 */
export async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(work);
  const reasons = ended.flatMap((end) =>
    end.status === "rejected" ? [end.reason as unknown] : [],
  );
  const fault = reasons.find((reason) => !(reason instanceof UserError)) ?? reasons[0];
  if (reasons.length > 1 && fault instanceof UserError) {
    const messages = new Set(reasons.map((reason) => (reason as UserError).message));
    if (messages.size > 1) throw new UserError([...messages].join("\n"), { cause: fault });
  }
  if (reasons.length > 0) throw fault;
  return ended.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
}
