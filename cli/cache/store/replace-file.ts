import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { onDisk } from "./disk-faults.ts";
import { TEMPORARY } from "./paths.ts";
import type { OnStep } from "./steps.ts";

/** Everybody may read what a store holds, whatever the umask; only its user writes. */
export const FILE_MODE = 0o644;

/**
 * Writes a file so that it is there whole or not at all, also after a power cut: beside it, synced, renamed over it, its folder
 * synced.
 */
export async function replaceFile(
  path: string,
  text: string,
  kind: "marker" | "layout" | "former" | "index",
  onStep: OnStep,
): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}${TEMPORARY}`;
  await onDisk(path, async () => {
    await onStep(`${kind}-writing`, path);
    try {
      const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
      try {
        await file.chmod(FILE_MODE);
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await onStep(`${kind}-written`, path);
      await onStep(`${kind}-moving`, path);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
    await onStep(`${kind}-moved`, path);
  });
}

/** Until a folder is synced, a power cut may take back what was made, renamed or removed in it. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
