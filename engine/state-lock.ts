import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { UserError } from "../rules/problems.ts";

/** Who holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the kernel's own units: tells it from a later one with the same pid. */
  readonly started?: string;
  /** ISO 8601. */
  readonly since: string;
  /** Makes the texts of two locks differ, even of one process. */
  readonly id: string;
}

/** A lock file as it was read. */
interface Lock {
  /** Digest of its text: no two locks share it. */
  readonly digest: string;
  /** Undefined when the text names none: the machine stopped while it was written. */
  readonly holder: Holder | undefined;
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
  const own = await ownHolder();
  const mine = `${lock}.${own.id}`;
  await mkdir(dirname(lock), { recursive: true });
  try {
    await writeFile(mine, JSON.stringify(own));
    while (!(await tryLink(mine, lock))) {
      const found = await readLock(lock);
      if (found === undefined) continue; // given back meanwhile
      await refuseLiving(stateFile, found);
      if (await takeOver(stateFile, lock, mine, found)) break;
    }
  } finally {
    await rm(mine, { force: true });
  }
  return () => rm(lock, { force: true });
}

/**
 * Replaces a dead holder's lock.
 *
 * Only one may, so there is a second lock, the claim, whose name is the digest of the lock that it is for. A claim whose
 * holder is dead is never removed while that lock is there (of two that found it dead the slower one would remove the
 * claim of the faster) but succeeded by a claim for the claim. So while the dead lock is there, the claims are a chain that
 * only grows, and whoever makes a link of it is the only one at its living end. As no lock comes back once it was
 * replaced, to find it still there after the claim was made is to have found that chain.
 *
 * @returns False when another replaced the lock first: it may be given back by now.
 */
async function takeOver(
  stateFile: string,
  lock: string,
  mine: string,
  dead: Lock,
): Promise<boolean> {
  const isStill = async (): Promise<boolean> => (await readLock(lock))?.digest === dead.digest;
  const claimOf = ({ digest }: Lock): string => `${lock}.claim-${digest}`;
  let claim = claimOf(dead);
  while (!(await tryLink(mine, claim))) {
    const found = await readLock(claim);
    if (found === undefined || !(await isStill())) return false;
    await refuseLiving(stateFile, found);
    claim = claimOf(found);
  }
  try {
    if (!(await isStill())) return false;
    await rename(mine, lock);
  } finally {
    await rm(claim, { force: true });
  }
  await sweep(lock);
  return true;
}

/** Removes what the dead left beside a lock that is held: their claims lead nowhere once the lock they are for is gone. */
async function sweep(lock: string): Promise<void> {
  const names = await readdir(dirname(lock));
  const beside = names.filter((name) => name.startsWith(`${basename(lock)}.`));
  for (const name of beside) {
    const path = join(dirname(lock), name);
    const holder = (await readLock(path))?.holder;
    // Without a holder it may be about to be written.
    if (holder !== undefined && !(await isAlive(holder))) await rm(path, { force: true });
  }
}

async function refuseLiving(stateFile: string, { holder }: Lock): Promise<void> {
  if (holder === undefined || !(await isAlive(holder))) return;
  const { pid, host, since } = holder;
  throw new UserError(
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

async function readLock(path: string): Promise<Lock | undefined> {
  let text;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return { digest: createHash("sha256").update(text).digest("hex"), holder: holderIn(text) };
}

function holderIn(text: string): Holder | undefined {
  try {
    const found = JSON.parse(text) as Partial<Holder> | null;
    return typeof found?.pid === "number" ? (found as Holder) : undefined;
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
    id: randomUUID(),
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
