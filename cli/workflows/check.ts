import type { TreeFinding } from "../../rules/workflow-tree.ts";
import { workflowsCheckJson, workflowsCheckText } from "../print/workflows-check.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { checkTree } from "./check-findings.ts";
import { readPinnedActionsFile } from "./pinned-actions-file.ts";
import { movedTags } from "./pinned-actions-online.ts";
import { writeFixes } from "./write.ts";

export interface CheckOptions {
  /** Whether to bring derived values up to date. */
  readonly write: boolean;
  /** Whether to ask GitHub about the pinned actions. */
  readonly online: boolean;
  readonly json: boolean;
}

/** What one mended value brings to light is mended too, such as the list of a secret's users when a job is gone. */
const MOST_ROUNDS = 5;

/**
 * Checks the workflows and actions of this repository and prints what is wrong.
 * @returns the exit code: 1 when something is, and was not mended
 */
export async function checkWorkflowTree({ write, online, json }: CheckOptions): Promise<number> {
  const say = (line: string) => {
    if (process.stderr.isTTY && !json) console.error(line);
  };
  const list = await readPinnedActionsFile(PROJECT_ROOT);
  let check = await checkTree(list.pinned);
  const mended: TreeFinding[] = [];
  for (let round = 0; write && round < MOST_ROUNDS; round++) {
    const written = await writeFixes(PROJECT_ROOT, check.findings, say);
    if (written.length === 0) break;
    mended.push(...written);
    check = await checkTree(list.pinned);
  }
  const moved = online ? await movedTags(list, say) : [];
  const result = { ...check, findings: [...check.findings, ...moved], mended, online };
  console.log(json ? workflowsCheckJson(result) : workflowsCheckText(result));
  return result.findings.length === 0 ? 0 : 1;
}
