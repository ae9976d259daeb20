/* Runs the work of a command in a process of its own, which may be killed. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CacheStep } from "../../../../cli/cache/store/steps.ts";
import type { CacheRun } from "./cache-run.ts";

const ROOT = join(import.meta.dirname, "../../../..");

/** When a run is killed, by the signal that no process can catch. */
export type Killing =
  /** At the first, second ... time that it comes by a step. */
  | { readonly step: CacheStep; readonly time: number }
  /** Milliseconds after its work began. */
  | { readonly after: number };

export interface Ended {
  readonly signal: NodeJS.Signals | null;
  /** What it said when it failed. */
  readonly error?: string;
  /** What the function returned. */
  readonly value?: unknown;
  /** The steps that it came by, in order; none of a killed run. */
  readonly steps: readonly CacheStep[];
  /** Milliseconds that its work took. */
  readonly took: number;
  /** Most memory that the process ever had resident, in bytes; of one that was not killed. */
  readonly peakMemory?: number;
}

/** What a worker says at its end. */
export type WorkerAnswer = Omit<Ended, "signal">;

export async function runWorker(run: CacheRun, killing?: Killing): Promise<Ended> {
  const self = killing !== undefined && "step" in killing ? killing : undefined;
  const args = [JSON.stringify({ run, killing: self })];
  const child = fork(join(import.meta.dirname, "cache-worker.ts"), args, {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    // As bin/launch.js starts commands: compiling all anew takes time and 30 MB of memory.
    env: { NODE_COMPILE_CACHE: join(ROOT, "node_modules/.cache/node"), ...process.env },
  });
  let answer: WorkerAnswer | undefined;
  let began = 0;
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  child.on("message", (message: "begun" | WorkerAnswer) => {
    if (message !== "begun") {
      answer = message;
      return;
    }
    began = performance.now();
    if (killing === undefined || !("after" in killing)) return;
    void sleep(killing.after).then(() => child.kill("SIGKILL"));
  });
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  const took = performance.now() - began;
  if (answer !== undefined) return { ...answer, signal };
  if (signal === null) throw new Error(`a worker ended without an answer: ${stderr}`);
  return { signal, steps: [], took };
}
