import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { codeOf, ifThere } from "../../cache/store/disk-faults.ts";
import { readPinned } from "../tree/pinned-file.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
const NEW = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;

/** A file's bytes before and after an edit; the path is relative to the tree, with slashes. */
export interface FileChange {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
}

/**
 * Whether a file of a tree is what it was.
 * @throws UserError when there is no such file
 */
export async function hasBytes(root: string, path: string, bytes: Buffer): Promise<boolean> {
  return (await readPinned(root, path)).equals(bytes);
}

/** Whether anything is at a path, also a link that leads nowhere. */
export async function isThere(path: string): Promise<boolean> {
  return (await ifThere(() => lstat(path))) !== undefined;
}

/** Writes a file as far as the disk. */
export async function writeWhole(path: string, bytes: Buffer, mode: number): Promise<void> {
  const file = await open(path, NEW, mode);
  try {
    await file.writeFile(bytes);
    // Past the umask.
    await file.chmod(mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Brings the names of a folder as far as the disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, O_RDONLY);
  try {
    await folder.sync();
  } catch (error) {
    // Some file systems know no sync of a folder.
    if (codeOf(error) !== "EINVAL") throw error;
  } finally {
    await folder.close();
  }
}
