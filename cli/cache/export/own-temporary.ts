import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { tryLock } from "fs-native-extensions";
import { ifThere, codeOf } from "../store/disk-faults.ts";
import { isInPlace } from "../store/in-place.ts";

/** Between two looks whether another writer is done, in milliseconds. */
const POLL = 100;
const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;

/** The end of temporary files: no runner takes one for an archive. */
export const PARTIAL = ".partial";

/**
 * Makes a file that is this process's alone until it is closed: its kernel lock tells others that somebody writes it, and ends
 * with the process. What a killed run left there is removed; a living one is waited for.
 * @param onWait called once when there is one
 */
export async function openOwnTemporary(path: string, onWait: () => void): Promise<FileHandle> {
  let told = false;
  for (;;) {
    const file = await openNew(path);
    if (file !== undefined) {
      // Whoever came between the making and the lock took it for left over.
      if (tryLock(file.fd) && (await isInPlace(file, path))) return file;
      await file.close();
    } else if (!(await removeLeftover(path))) {
      if (!told) onWait();
      told = true;
      await delay(POLL);
    }
  }
}

/** Removes a temporary file that nobody writes. @returns false when somebody does */
export async function removeLeftover(path: string): Promise<boolean> {
  const file = await ifThere(() => open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined) return true;
  try {
    if (!tryLock(file.fd)) return false;
    if (await isInPlace(file, path)) await rm(path);
    return true;
  } finally {
    await file.close();
  }
}

async function openNew(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  } catch (error) {
    if (codeOf(error) === "EEXIST") return undefined;
    throw error;
  }
}
