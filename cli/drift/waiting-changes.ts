import type { ResourceChange } from "../../rules/snapshot-changes.ts";
import { changesSince } from "../../rules/snapshot-changes.ts";
import { UserError } from "../../rules/problems.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { planData } from "../pull-request/plan-data.ts";
import { lookUp } from "../snapshot/fetch.ts";
import { openSnapshotTag } from "../snapshot/snapshot-tag.ts";
import { readStack } from "../stack.ts";

/** What the checkout declares otherwise than it was when the stack was applied last. */
export interface WaitingChanges {
  /** The commit that was applied. */
  readonly since: string;
  readonly changes: readonly ResourceChange[];
}

/**
 * Compares what a stack declares with the snapshot that was published of its last apply.
 * @returns or why there is nothing to compare with
 * @throws UserError when the registry does not answer, or nothing can be planned
 */
export async function waitingChanges(
  stack: string,
): Promise<WaitingChanges | { readonly none: string }> {
  const tag = await openSnapshotTag(await readStack(stack), "reader");
  if (tag === undefined) {
    return { none: `no registry of stack ${stack} shows anything without a login` };
  }
  const found = await lookUp(tag);
  if ("none" in found) return found;
  const { planned, failures } = await planData(PROJECT_ROOT, stack);
  const [failure] = failures;
  if (failure !== undefined) throw new UserError(`the plan failed: ${failure.message}`);
  const { snapshot } = found;
  return { since: snapshot.commit, changes: changesSince(snapshot, planned.declared) };
}
