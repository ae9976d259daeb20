import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import lockfile from "proper-lockfile";
import { UserError } from "../rules/problems.ts";

/** Takes one line of news for a person: what is being done, and when it is slow, for how long. */
export type OnProgress = (line: string) => void;

interface LockOptions {
  readonly onProgress?: OnProgress | undefined;
  /** How long to wait for another process; a first build on a slow machine takes minutes. */
  readonly patienceMilliseconds?: number;
}

/**
 * A lock whose holder was killed is free after this time. Its holder renews it every second.
 * @see https://github.com/moxystudio/node-proper-lockfile
 */
const staleMilliseconds = 6_000;

/** The last holder of each lock in this process: callers of one process queue up here and never poll for each other. */
const queues = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while no other process runs work under the same lock, which is the folder `<folder>/<name>.lock`.
 * Waits for the other one, and says so once.
 * @throws UserError when the other one still holds the lock after `patienceMilliseconds`.
 */
export async function withLock<T>(
  folder: string,
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const key = join(folder, name);
  const before = queues.get(key) ?? Promise.resolve();
  const turn = before.then(() => withProcessLock(folder, name, options, work));
  queues.set(
    key,
    turn.catch(() => undefined),
  );
  return turn;
}

async function withProcessLock<T>(
  folder: string,
  name: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const patience = options.patienceMilliseconds ?? 15 * 60_000;
  const deadline = Date.now() + patience;
  const lockfilePath = join(folder, `${name}.lock`);
  const attempt = { lockfilePath, stale: staleMilliseconds, update: 1_000, retries: 0 };
  let release: (() => Promise<void>) | undefined;
  let compromised: Error | undefined;
  for (let waited = false; release === undefined; waited = true) {
    try {
      release = await lockfile.lock(folder, {
        ...attempt,
        onCompromised: (error) => (compromised = error),
      });
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (Date.now() > deadline) {
        throw new UserError(
          `${lockfilePath}: held by another process for over ${Math.round(patience / 1000)} s; ` +
            `wait for it to end or end it, then try again`,
          { cause: error },
        );
      }
      if (!waited) options.onProgress?.(`waiting for another process that holds ${lockfilePath}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    return await work();
  } finally {
    // A compromised lock (a suspended machine) is no longer ours to release.
    if (compromised === undefined) await release();
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ELOCKED";
}
