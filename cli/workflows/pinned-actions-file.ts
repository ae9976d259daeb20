import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { type PinnedActions, readPinnedActions } from "../../rules/pinned-actions.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import type { TreeFile } from "../../rules/workflow-tree.ts";
import { PINNED_ACTIONS_FILE } from "../../rules/workflow-safety-pins.ts";
import { readTree } from "./check-tree.ts";

/**
 * The list of the actions that workflows of a checkout may use.
 * @throws UserError when there is none; ProblemsError that lists everything that is wrong with it
 */
export async function readPinnedActionsFile(
  checkout: string,
): Promise<{ readonly file: TreeFile; readonly pinned: PinnedActions }> {
  const content = await readFile(join(checkout, PINNED_ACTIONS_FILE)).catch(() => {
    throw new UserError(
      `${PINNED_ACTIONS_FILE}: not there; it lists the actions that workflows may use, each with version, commit and sources`,
    );
  });
  const [error] = parseDocument(content.toString("utf8")).errors;
  if (error !== undefined) throw new UserError(`${PINNED_ACTIONS_FILE}: ${error.message}`);
  const file = readTree({ file: PINNED_ACTIONS_FILE, kind: "data", content });
  if (file === undefined) {
    throw new UserError(`${PINNED_ACTIONS_FILE}: repeats too much by aliases; write it out`);
  }
  const read = readPinnedActions(file.root);
  if ("problems" in read) throw new ProblemsError(PINNED_ACTIONS_FILE, read.problems);
  return { file, pinned: read.pinned };
}
