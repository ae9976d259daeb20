import { readdirSync, readFileSync } from "node:fs";
import type { ResultPromise } from "execa";
import { peakMemoryIn } from "../test/support/peak-memory.ts";

/** Milliseconds between two looks; a process that lives shorter is not seen. */
const STEP = 4;

/**
 * The memory of a process and of all that it started: the sum of each one's largest resident memory, which is no less than
 * what they had at once.
 * @returns bytes, when the process has ended
 */
export async function peakOfTree(process: ResultPromise): Promise<number> {
  const peaks = new Map<number, number>();
  const look = (): void => {
    if (process.pid !== undefined) note(process.pid, peaks);
  };
  const timer = setInterval(look, STEP);
  look();
  try {
    await process;
  } finally {
    clearInterval(timer);
  }
  return [...peaks.values()].reduce((sum, peak) => sum + peak, 0);
}

/** Notes the peaks of a process and of those below it. */
function note(pid: number, peaks: Map<number, number>): void {
  try {
    const peak = peakMemoryIn(readFileSync(`/proc/${pid}/status`, "utf8"));
    if (peak !== undefined) peaks.set(pid, peak);
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8");
      for (const child of children.split(" ").filter((word) => word !== "")) {
        note(Number(child), peaks);
      }
    }
  } catch (error) {
    // It has ended since.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ESRCH") throw error;
  }
}
