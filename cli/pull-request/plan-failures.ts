import type { DataFault } from "./take-data-walk.ts";

/** The first line of {@link formatProblems} of rules/problems.ts. */
const SOURCE = /^(\S.*): \d+ problems?$/;
const PROGRAM = "(plan)";

/**
 * The faults of a plan one by one: a message of several problems is taken apart into its lines.
 * @param root folder of the project, which is left out of what is told
 */
export function planFailures(
  failures: readonly { readonly name?: string; readonly message: string }[],
  root: string,
): readonly DataFault[] {
  return failures.flatMap(({ name, message }) => {
    const lines = message.replaceAll(`${root}/`, "").split("\n");
    let where = name ?? PROGRAM;
    return lines.flatMap((line): readonly DataFault[] => {
      const source = SOURCE.exec(line)?.[1];
      if (source !== undefined) {
        where = source;
        return [];
      }
      return line.trim() === "" ? [] : [{ where, message: line.trim() }];
    });
  });
}
