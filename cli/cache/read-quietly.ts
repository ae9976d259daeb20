import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { codeOf } from "./store/disk-faults.ts";

/**
 * Opens a file of a store for reading without telling its time of access, by which a collection knows what jobs used. Who may
 * not do that, not being its owner, opens it as everybody does. No link is followed, and no pipe waited for.
 * @see https://man7.org/linux/man-pages/man2/open.2.html O_NOATIME
 */
export async function openQuietly(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    return await open(path, flags | constants.O_NOATIME);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
    return open(path, flags);
  }
}
