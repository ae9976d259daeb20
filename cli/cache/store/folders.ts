import type { Stats } from "node:fs";
import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../../rules/problems.ts";
import { codeOf, ifThere, onDisk } from "./disk-faults.ts";
import { syncFolder } from "./replace-file.ts";
import type { OnStep } from "./steps.ts";

/** Everybody may read a store, whatever the umask; only its user writes. */
export const FOLDER_MODE = 0o755;
/** Of what writers alone look at: whoever can open a file can lock it, and so keep a writer waiting. */
export const OWN_FOLDER_MODE = 0o700;

/**
 * Makes a folder of the store where there is none, and gives one the mode that a run did not come to that was killed.
 * @throws UserError when something else is there
 */
export async function makeFolder(path: string, onStep: OnStep, mode = FOLDER_MODE): Promise<void> {
  const found = await folderAt(path);
  if (found !== undefined && ((found.mode & mode) === mode || !isOwn(found))) return;
  await onDisk(path, async () => {
    await onStep("folder-making", path);
    try {
      if (found === undefined) await mkdir(path, { mode });
    } catch (error) {
      // Another writer made it meanwhile.
      if (codeOf(error) !== "EEXIST" || !(await isFolder(path))) throw error;
    }
    // What somebody allowed besides is left.
    await chmod(path, ((found?.mode ?? 0) & 0o7777) | mode);
    await syncFolder(dirname(path));
    await onStep("folder-made", path);
  });
}

/** Whether a folder is there. @throws UserError when something else is: a file, or a link that may lead anywhere */
export async function isFolder(path: string): Promise<boolean> {
  return (await folderAt(path)) !== undefined;
}

async function folderAt(path: string): Promise<Stats | undefined> {
  const found = await onDisk(path, () => ifThere(() => lstat(path)));
  if (found === undefined || found.isDirectory()) return found;
  const what = found.isSymbolicLink() ? "a symbolic link" : "no folder";
  throw new UserError(`${path} is ${what} where a store has a folder; make the store anew`);
}

/** Whether this user may change the mode. */
function isOwn({ uid }: Stats): boolean {
  return uid === process.geteuid?.();
}

/** Removes what a killed run left. */
export async function removeLeftover(path: string, onStep: OnStep): Promise<void> {
  await onStep("leftover-removing", path);
  await onDisk(path, () => rm(path, { force: true }));
  await onStep("leftover-removed", path);
}
