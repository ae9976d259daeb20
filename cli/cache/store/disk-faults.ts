import { statfs } from "node:fs/promises";
import { UserError } from "../../../rules/problems.ts";

/** Conditions of the machine that a user can mend, by the code of the system's error. */
const FAULTS: Readonly<Record<string, string>> = {
  EACCES: "this user may not do that there; run as the store's own user, or give the folder to it",
  EDQUOT: "the user's quota is used up; make room, then run the command again",
  ENOLCK: "the file system has no locks; put the store on one that has",
  ENOTSUP: "the file system lacks what a store needs; put the store on another one",
  ENOSPC: "no space left; make room, then run the command again",
  EPERM: "this user may not do that there; run as the store's own user, or give the folder to it",
  EROFS: "the file system is mounted read-only",
  EXDEV: "a folder of the store is another file system; mount one file system for the whole store",
  ELOOP: "is a symbolic link where a store has none; make the store anew",
};

/** The code of a system's error: `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Whether a disk or a user's part of it was full, also where that is told as a user's error. */
export function isFull(error: unknown): boolean {
  const code = codeOf(error instanceof UserError ? error.cause : error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/** A system's error as a user's, where there is something to do about it; any other is given back as it is. */
export function diskFault(error: unknown, path: string): unknown {
  const remedy = FAULTS[codeOf(error) ?? ""];
  if (remedy === undefined || error instanceof UserError) return error;
  return new UserError(`${path}: ${remedy}`, { cause: error });
}

/** Does work on the disk, with {@link diskFault} for what goes wrong. */
export async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFault(error, path);
  }
}

/** What work gives, or nothing where a file is not there. */
export async function ifThere<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Bytes that this user may still write to the file system of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
