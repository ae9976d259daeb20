import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs something with a new folder that only this user can read, below the system's temporary one, and removes it
 * however that ends. What a killed process left of the same purpose is removed first: it may hold logins.
 * @param purpose what the folder's name begins with: `slipway-build`
 */
export async function withTemporaryFolder<T>(
  purpose: string,
  run: (folder: string) => Promise<T>,
): Promise<T> {
  await removeAbandoned(purpose);
  // mkdtemp gives mode 0700.
  const folder = await mkdtemp(join(tmpdir(), `${purpose}-${process.pid}-`));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function removeAbandoned(purpose: string): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(`${purpose}-`)) continue;
    const pid = /^(\d+)-/.exec(name.slice(purpose.length + 1))?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Another user's stays: that user's next run removes it.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
