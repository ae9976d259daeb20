import type { PinnedActions } from "./pinned-actions.ts";
import { credentialFindings } from "./workflow-safety-credentials.ts";
import { permissionFindings } from "./workflow-safety-permissions.ts";
import { pinFindings } from "./workflow-safety-pins.ts";
import { stepFindings } from "./workflow-safety-steps.ts";
import type { TreeFile, TreeFinding } from "./workflow-tree.ts";

/** Everything in workflows and actions that is not safe, whatever the stack. */
export function safetyFindings(
  files: readonly TreeFile[],
  pinned: PinnedActions,
): readonly TreeFinding[] {
  return files.flatMap((file) => [
    ...permissionFindings(file),
    ...stepFindings(file),
    ...credentialFindings(file),
    ...pinFindings(file, pinned),
  ]);
}
