import type { DriftLook } from "../../rules/drift-report.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readPinnedActionsFile } from "../workflows/pinned-actions-file.ts";
import { movedTags } from "../workflows/pinned-actions-online.ts";

/**
 * Asks GitHub whether the tags of the actions that workflows use are still the commits that they are pinned to. All else that
 * is checked of workflows follows from commits, and stops these.
 */
export async function lookAtWorkflows(say: (line: string) => void): Promise<DriftLook> {
  const moved = await movedTags(await readPinnedActionsFile(PROJECT_ROOT), say);
  return {
    findings: moved.map(({ file, line, message, remedy }) => ({
      subject: `${file}:${line}`,
      message,
      remedy,
    })),
  };
}
