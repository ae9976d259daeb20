import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { peakMemoryIn } from "../test/support/peak-memory.ts";

/** What a program took. */
export interface Cost {
  readonly seconds: number;
  /** Bytes that it, its children and where it is told so its server had written to disks. */
  readonly written: number;
  /** Largest resident memory of the program alone, in bytes. */
  readonly memory: number;
}

/**
 * Written by a Node process to its file descriptor 3 when it ends. A process that ended children and asked how has what they
 * wrote in its own account.
 * @see https://docs.kernel.org/filesystems/proc.html#proc-pid-io-display-the-io-accounting-fields
 */
const REPORT = `data:text/javascript,${encodeURIComponent(
  `import { readFileSync, writeSync } from "node:fs";
   process.on("exit", () => {
     writeSync(3, readFileSync("/proc/self/io", "utf8") + readFileSync("/proc/self/status", "utf8"));
   });`,
)}`;

/** Runs `node SCRIPT ...ARGS` to its end. Returns what it printed, too. */
export async function measuredNode(
  script: string,
  args: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>> },
): Promise<Cost & { readonly stdout: string }> {
  const started = performance.now();
  const { stdout, stdio } = await execa(process.execPath, ["--import", REPORT, script, ...args], {
    ...options,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const seconds = (performance.now() - started) / 1000;
  const report = stdio[3];
  return { seconds, written: writtenIn(report), memory: peakIn(report), stdout };
}

/**
 * Runs a program that has a server do the work, or a part of it.
 * @param server its process id; its peak of memory is counted from here on
 */
export async function measuredClient(
  server: number,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Cost> {
  const before = await writtenBy(server);
  await resetPeak(server);
  const started = performance.now();
  // The shell's account has what the client wrote.
  const { stdout } = await execa(
    "sh",
    ["-c", '"$@" > /dev/null && cat /proc/$$/io', "sh", file, ...args],
    { env },
  );
  const seconds = (performance.now() - started) / 1000;
  const memory = peakIn(await readFile(`/proc/${server}/status`, "utf8"));
  return { seconds, written: writtenIn(stdout) + (await writtenBy(server)) - before, memory };
}

/** One after the other. */
export function sum(...costs: readonly Cost[]): Cost {
  return {
    seconds: costs.reduce((all, { seconds }) => all + seconds, 0),
    written: costs.reduce((all, { written }) => all + written, 0),
    memory: Math.max(...costs.map(({ memory }) => memory)),
  };
}

async function writtenBy(pid: number): Promise<number> {
  return writtenIn(await readFile(`/proc/${pid}/io`, "utf8"));
}

async function resetPeak(pid: number): Promise<void> {
  await execa("sh", ["-c", `echo 5 > /proc/${pid}/clear_refs`]);
}

function writtenIn(io: string): number {
  return fieldOf(io, /^write_bytes: (\d+)$/m);
}

function peakIn(status: string): number {
  const peak = peakMemoryIn(status);
  if (peak === undefined) throw new Error(`no peak of memory in ${JSON.stringify(status)}`);
  return peak;
}

function fieldOf(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no ${pattern.source} in ${JSON.stringify(text)}`);
  return Number(found);
}
