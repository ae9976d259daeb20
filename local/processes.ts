import { readFile, readdir, readlink } from "node:fs/promises";
import { execa } from "execa";
import { UserError } from "../rules/problems.ts";

/** A process that a later process with the same number cannot be taken for. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a form of the system's own that is only compared. */
  readonly started: string;
}

/**
 * When a living process started; undefined when there is none of that number, or only its unread exit status.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (process.platform !== "linux") {
    const { stdout } = await execa("ps", ["-o", "lstart=", "-p", String(pid)], { reject: false });
    return stdout.trim() === "" ? undefined : stdout.trim();
  }
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The command, in brackets, may hold anything: count the fields behind it. State is field 3, start time field 22.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "X" || (fields[0] === "Z" && !(await hasThreads(pid)))) return undefined;
  return fields[19] === undefined ? undefined : `${await bootId()} ${fields[19]}`;
}

/** A killed process is called a zombie while its other threads are still ending, with its files and sockets open. */
async function hasThreads(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  return threads.length > 1;
}

let boot: Promise<string> | undefined;
/** Start times count from boot, so they mean nothing in another one. */
async function bootId(): Promise<string> {
  boot ??= readFile("/proc/sys/kernel/random/boot_id", "utf8").then((text) => text.trim());
  return boot;
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  return (await processStart(identity.pid)) === identity.started;
}

/** Name of the environment variable by which processes of an instance are found when no pid file tells of them. */
export const markerVariable = "SLIPWAY_LOCAL_CLOUD";

/** The value that marks one service of the instance in a folder. */
export function processMarker(folder: string, service: string): string {
  return `${service}@${folder}`;
}

/**
 * Processes that inherited the marker of a service, or of any service of the folder; this process never.
 * Needs /proc: elsewhere the list is empty and pid files alone are trusted.
 */
export async function markedProcesses(
  folder: string,
  service?: string,
): Promise<ProcessIdentity[]> {
  const isWanted = (value: string) =>
    service === undefined ? value.endsWith(`@${folder}`) : value === processMarker(folder, service);
  return scan(async (pid) => {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    return environment
      .split("\0")
      .some(
        (line) =>
          line.startsWith(`${markerVariable}=`) && isWanted(line.slice(markerVariable.length + 1)),
      );
  });
}

/**
 * Processes inside containers whose file system lies in a folder: what a killed BuildKit leaves behind. A container
 * has a mount namespace of its own and does not inherit our environment.
 */
export async function containerProcesses(folder: string): Promise<ProcessIdentity[]> {
  const own = await readlink("/proc/self/ns/mnt").catch(() => undefined);
  return scan(async (pid) => {
    const namespace = await readlink(`/proc/${pid}/ns/mnt`).catch(() => own);
    if (namespace === own) return false;
    const mounts = await readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "");
    const root = mounts.split("\n").find((line) => line.split(" ")[4] === "/");
    return root?.includes(`${folder}/`) ?? false;
  });
}

async function scan(isWanted: (pid: number) => Promise<boolean>): Promise<ProcessIdentity[]> {
  const entries = await readdir("/proc").catch(() => []);
  const found = await Promise.all(
    entries
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
      .map(async (entry) => {
        const pid = Number(entry);
        const started = await processStart(pid);
        if (started === undefined || !(await isWanted(pid))) return undefined;
        return { pid, started };
      }),
  );
  return found.filter((identity) => identity !== undefined);
}

/**
 * Ends processes: asks with SIGTERM, waits, then kills. A process that is gone, or whose number another one has by now,
 * is left alone.
 */
export async function endProcesses(
  identities: readonly ProcessIdentity[],
  graceMilliseconds = 10_000,
): Promise<void> {
  let living = await signalAll(identities, "SIGTERM");
  living = await waitForEnd(living, graceMilliseconds);
  living = await signalAll(living, "SIGKILL");
  living = await waitForEnd(living, 5_000);
  if (living.length > 0) {
    const pids = living.map((identity) => identity.pid).join(", ");
    throw new Error(`processes ${pids} still run 5 s after SIGKILL`);
  }
}

async function signalAll(
  identities: readonly ProcessIdentity[],
  signal: "SIGTERM" | "SIGKILL",
): Promise<ProcessIdentity[]> {
  const living: ProcessIdentity[] = [];
  for (const identity of identities) {
    if (!(await isAlive(identity))) continue;
    try {
      process.kill(identity.pid, signal);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ESRCH") continue;
      if (code !== "EPERM") throw error;
      throw new UserError(
        `process ${identity.pid} of the local cloud was started by another user; stop the local cloud as that user`,
        { cause: error },
      );
    }
    living.push(identity);
  }
  return living;
}

async function waitForEnd(
  identities: readonly ProcessIdentity[],
  milliseconds: number,
): Promise<ProcessIdentity[]> {
  const deadline = Date.now() + milliseconds;
  let living = [...identities];
  for (;;) {
    const states = await Promise.all(living.map(isAlive));
    living = living.filter((_, index) => states[index]);
    if (living.length === 0 || Date.now() > deadline) return living;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
