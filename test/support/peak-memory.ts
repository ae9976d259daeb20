import { readFileSync } from "node:fs";

/**
 * The largest resident memory that this process has had, in bytes. What the system counts for its resource usage begins with
 * the memory of whoever started it.
 * @throws where the system has no /proc
 */
export function peakMemory(): number {
  const peak = peakMemoryIn(readFileSync("/proc/self/status", "utf8"));
  if (peak === undefined) throw new Error("/proc/self/status tells no VmHWM");
  return peak;
}

/**
 * @param status of a process, as the system tells it
 * @returns its largest resident memory in bytes; nothing of one that has ended
 * @see https://docs.kernel.org/filesystems/proc.html (VmHWM)
 */
export function peakMemoryIn(status: string): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}
