import { execa } from "execa";
import { peakMemoryIn } from "../test/support/peak-memory.ts";

/** One program, run several times: median seconds of the whole process and its largest resident memory. */
export interface Measurement {
  readonly seconds: number;
  readonly megabytes: number;
}

/** Written by the measured process to its file descriptor 3 when it ends. */
const REPORT_MEMORY = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync, writeSync } from "node:fs";
   process.on("exit", () => writeSync(3, readFileSync("/proc/self/status", "utf8")));`,
)}`;

/** Runs `node SCRIPT ...ARGS` once to warm the caches and then `times` times. */
export async function measure(
  script: string,
  args: readonly string[],
  times: number,
): Promise<Measurement> {
  const seconds: number[] = [];
  let bytes = 0;
  for (let run = 0; run <= times; run += 1) {
    const started = performance.now();
    const { stdio } = await execa(process.execPath, ["--import", REPORT_MEMORY, script, ...args], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    if (run > 0) seconds.push((performance.now() - started) / 1000);
    bytes = Math.max(bytes, peakMemoryIn(stdio[3]) ?? 0);
  }
  return { seconds: median(seconds), megabytes: bytes / 1024 ** 2 };
}

/** The middle of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error("a median needs at least one value");
  return middle;
}
