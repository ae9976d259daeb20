import type { PinnedActions } from "./pinned-actions.ts";
import { actionFindings } from "./workflow-safety-actions.ts";
import { cacheFindings } from "./workflow-safety-caches.ts";
import { candidateFindings } from "./workflow-safety-candidates.ts";
import { checkoutFindings } from "./workflow-safety-checkouts.ts";
import { concurrencyFindings } from "./workflow-safety-concurrency.ts";
import { eventFindings, waitFindings } from "./workflow-safety-events.ts";
import { permissionFindings } from "./workflow-safety-permissions.ts";
import { pinFindings } from "./workflow-safety-pins.ts";
import { planningFindings } from "./workflow-safety-planning.ts";
import { publishingFindings } from "./workflow-safety-publishing.ts";
import { refreshFindings } from "./workflow-safety-refreshing.ts";
import { runnerFindings } from "./workflow-safety-runners.ts";
import { scriptFindings } from "./workflow-safety-scripts.ts";
import { setupFindings } from "./workflow-safety-setup.ts";
import { stepFindings } from "./workflow-safety-steps.ts";
import { tokenFindings } from "./workflow-safety-tokens.ts";
import type { TreeFile, TreeFinding } from "./workflow-tree.ts";

/** Everything in workflows and actions that is not safe, whatever the stack. */
export function safetyFindings(
  files: readonly TreeFile[],
  pinned: PinnedActions,
): readonly TreeFinding[] {
  return [
    ...files.flatMap((file) => [
      ...permissionFindings(file),
      ...stepFindings(file),
      ...eventFindings(file, files),
      ...waitFindings(file),
      ...checkoutFindings(file),
      ...scriptFindings(file),
      ...actionFindings(file, files),
      ...setupFindings(file),
      ...planningFindings(file),
      ...publishingFindings(file),
      ...refreshFindings(file, files),
      ...candidateFindings(file, files),
      ...cacheFindings(file),
      ...runnerFindings(file, files),
      ...tokenFindings(file),
      ...pinFindings(file, pinned),
    ]),
    ...concurrencyFindings(files),
  ];
}
