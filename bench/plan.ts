import { join } from "node:path";
import { measure } from "./measure.ts";

const ROOT = join(import.meta.dirname, "..");
const TIMES = 9;

/**
 * `slipway plan --stack main` as a whole process with a warm compile cache, beside a process that only loads the Pulumi
 * SDKs that the program uses: what any Pulumi program of this kind costs before its first line.
 */
export async function planBenchmark(): Promise<string> {
  const plan = await measure(
    join(ROOT, "bin/launch.js"),
    ["cli/main.ts", "plan", "--stack", "main"],
    TIMES,
  );
  const floor = await measure(join(ROOT, "bin/launch.js"), ["bench/load-sdks.ts"], TIMES);
  return [
    `plan of stack main, whole process, median of ${TIMES}`,
    `  slipway plan            ${plan.seconds.toFixed(2)} s   ${plan.megabytes.toFixed(0)} MB`,
    `  loading the SDKs only   ${floor.seconds.toFixed(2)} s   ${floor.megabytes.toFixed(0)} MB`,
    `  ratio                   ${(plan.seconds / floor.seconds).toFixed(2)}`,
  ].join("\n");
}
