import { lstatSync } from "node:fs";
import { basename, join } from "node:path";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import type { Snapshot } from "../../rules/snapshot.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { openSnapshot } from "../snapshot/open-snapshot.ts";
import type { PreviewArgs } from "./plan-preview.ts";
import type { DataFault } from "./take-data-walk.ts";

const SNAPSHOT = "(snapshot)";

/**
 * Which of two checkouts lacks the stack's file so that nothing can be planned; undefined where none does. That the base lacks a new
 * stack's is no fault without a snapshot.
 * @param isSelf whether both are one checkout
 */
export function missingStack(args: PreviewArgs, isSelf: boolean): DataFault | undefined {
  const { checkout, stack, snapshot } = args;
  const where = `Pulumi.${stack}.yaml`;
  const isThere = (folder: string) =>
    lstatSync(join(folder, where), { throwIfNoEntry: false }) !== undefined;
  const [base, head] = [isThere(PROJECT_ROOT), isThere(checkout)];
  if (!head) {
    const message = isSelf
      ? "not in the checkout; name another stack with --stack"
      : base
        ? "not in the pull request's checkout, though in the base's; keep the file, or name another stack with --stack"
        : "neither in the base's checkout nor in the pull request's; name another stack with --stack";
    return { where, message };
  }
  if (base || snapshot === undefined) return undefined;
  const message =
    "not in the base's checkout, so that nothing tells whose snapshot is to be compared with; leave out --snapshot";
  return { where, message };
}

/** What a stack looked like when it was last applied, if that is told, or why it cannot be compared with. */
export async function appliedBefore(
  { stack, snapshot }: PreviewArgs,
  isSelf: boolean,
): Promise<{ readonly applied?: Snapshot } | { readonly faults: readonly DataFault[] }> {
  if (snapshot === undefined) return {};
  try {
    return { applied: await openSnapshot(stack, snapshot) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // The folder is the runner's, and nobody's who reads the report.
    const told = (message: string) => message.replaceAll(snapshot, basename(snapshot));
    if (!(error instanceof ProblemsError)) {
      return { faults: [{ where: SNAPSHOT, message: told(error.message) }] };
    }
    const isSnapshot = error.source === snapshot;
    const where = isSnapshot ? SNAPSHOT : isSelf ? error.source : `${error.source} of the base`;
    return {
      faults: error.problems.map(({ path, message }) => ({
        where,
        message: `${path}: ${message}`,
      })),
    };
  }
}
