/* The process that cache-worker-process.ts starts, with its work as JSON in its argument. */
import type { CacheStep } from "../../../../cli/cache/store/steps.ts";
import { peakMemory } from "../../../support/peak-memory.ts";
import { type CacheRun, runCache } from "./cache-run.ts";
import type { Killing, WorkerAnswer } from "./cache-worker-process.ts";

const { run, killing } = JSON.parse(process.argv[2] ?? "") as {
  readonly run: CacheRun;
  readonly killing?: Extract<Killing, { readonly step: CacheStep }>;
};
const steps: CacheStep[] = [];
process.send?.("begun");
const began = performance.now();
const outcome = await runCache(run, (step) => {
  steps.push(step);
  if (killing?.step !== step) return;
  if (steps.filter((one) => one === step).length < killing.time) return;
  process.kill(process.pid, "SIGKILL");
}).then(
  (value) => ({ value }),
  (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
);
const answer: WorkerAnswer = {
  ...outcome,
  steps,
  took: performance.now() - began,
  peakMemory: peakMemory(),
};
process.send?.(answer, () => process.disconnect());
