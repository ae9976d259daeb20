import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { UserError } from "../rules/problems.ts";

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the kernel's own units: tells it from a later one with the same pid. */
  readonly started?: string;
  /** ISO 8601. */
  readonly since: string;
}

/**
 * Takes the lock of a state file, so that no two runs change one stack at once.
 *
 * The lock is a file that names its holder. It is made by a hard link, so that it is there whole or not at all. A holder
 * that is dead (killed, or the machine restarted) is found out by its pid and start time and its lock taken over at once;
 * a lock that waits for a heartbeat to go stale would make the run after a killed one wait too.
 *
 * @returns A function that gives the lock back.
 * @throws {UserError} that names the holder, when it is alive.
 */
export async function lockState(stateFile: string): Promise<() => Promise<void>> {
  const lock = `${stateFile}.lock`;
  const mine = `${lock}.${randomUUID()}`;
  await mkdir(dirname(lock), { recursive: true });
  await writeFile(mine, JSON.stringify(await ownHolder()));
  try {
    if (!(await tryLink(mine, lock))) {
      const holder = await readHolder(lock);
      if (holder !== undefined && (await isAlive(holder))) throw held(stateFile, holder);
      await takeOver(stateFile, lock, mine);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return () => rm(lock, { force: true });
}

/** Of several that see the same dead holder, the one that makes the second lock replaces the first. */
async function takeOver(stateFile: string, lock: string, mine: string): Promise<void> {
  const gate = `${lock}.takeover`;
  const gateHolder = await readHolder(gate);
  if (gateHolder !== undefined && !(await isAlive(gateHolder))) await rm(gate, { force: true });
  if (!(await tryLink(mine, gate))) {
    const other = (await readHolder(gate)) ?? (await readHolder(lock));
    throw held(stateFile, other ?? (await ownHolder()));
  }
  try {
    const holder = await readHolder(lock);
    if (holder !== undefined && (await isAlive(holder))) throw held(stateFile, holder);
    const copy = `${mine}.new`;
    await link(mine, copy);
    await rename(copy, lock);
  } finally {
    await rm(gate, { force: true });
  }
}

function held(stateFile: string, { pid, host, since }: Holder): UserError {
  return new UserError(
    `${stateFile}: locked by process ${pid} on ${host} since ${since}; ` +
      `wait until it ends, or end it, and run this again`,
  );
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(lock: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(lock, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

async function ownHolder(): Promise<Holder> {
  const started = await startOf(process.pid);
  return {
    pid: process.pid,
    host: hostname(),
    ...(started === undefined ? {} : { started }),
    since: new Date().toISOString(),
  };
}

/** A holder on another machine (a shared folder) cannot be asked and counts as alive. */
async function isAlive({ pid, host, started }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const now = await startOf(pid);
  return started === undefined || now === undefined || now === started;
}

/** Field 22 of /proc/PID/stat with the machine's boot id, where there is a /proc; a zombie counts as gone. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    return fields[0] === "Z" ? "ended" : `${boot.trim()}:${fields[19] ?? ""}`;
  } catch {
    return undefined;
  }
}
