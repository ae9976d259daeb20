import { join } from "node:path";
import { runOnData } from "./data-process.ts";
import type { DataFault } from "./take-data-walk.ts";
import { planFailures } from "./plan-failures.ts";
import { type PlannedStack, readPlanned } from "./planned-stack.ts";

const PROCESS = join(import.meta.dirname, "plan-process.ts");

/** What a project declares, or why it does not. */
export interface PlannedData {
  readonly planned: Omit<PlannedStack, "failures">;
  readonly failures: readonly DataFault[];
}

/**
 * Plans a stack of a project in a process of its own that has no credential, and a bounded time and memory.
 * @param root absolute path of the folder with index.ts, Pulumi.yaml and data that may be anything
 */
export async function planData(root: string, stack: string): Promise<PlannedData> {
  const nothing = { declared: [], images: [] };
  const { stdout, problem } = await runOnData(PROCESS, root, stack);
  if (problem !== undefined) {
    return { planned: nothing, failures: [{ where: "(plan)", message: problem }] };
  }
  const { failures, ...planned } = readPlanned(stdout);
  return failures.length > 0
    ? { planned: nothing, failures: planFailures(failures, root) }
    : { planned, failures: [] };
}
