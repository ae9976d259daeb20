/* A process that changes a store in every way that there is, and kills itself at a step. */
import { Store } from "../../../../../cli/cache/store/store.ts";
import type { CacheStep } from "../../../../../cli/cache/store/steps.ts";
import { changeEverything } from "./killed-images.ts";

export interface KilledRun {
  readonly folder: string;
  readonly step: CacheStep;
  /** When it comes by the step for the how manieth time. */
  readonly times: number;
}

const { folder, step, times } = JSON.parse(process.argv[2] ?? "") as KilledRun;
let passed = 0;
const store = await Store.create(folder, {
  onStep: async (at) => {
    if (at !== step) return;
    passed += 1;
    if (passed < times) return;
    process.kill(process.pid, "SIGKILL");
    // The signal is on its way: nothing more is to be done till then.
    await new Promise(() => undefined);
  },
});
await changeEverything(store);
