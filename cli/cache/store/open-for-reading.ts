import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { codeOf } from "./disk-faults.ts";

/** Opens a file of a store. No link is followed, and no pipe without a writer is waited for. */
export type OpenForReading = (path: string) => Promise<FileHandle>;

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_NOATIME } = constants;
const FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;

/** For a use: the kernel notes the time of a manifest's, by which a collection knows what jobs used. */
export const openCounted: OpenForReading = (path) => open(path, FLAGS);

/**
 * For what is no use. Who may not hide the time of access, not being the file's owner, opens it as everybody does.
 * @see https://man7.org/linux/man-pages/man2/open.2.html O_NOATIME
 */
export const openQuietly: OpenForReading = async (path) => {
  try {
    return await open(path, FLAGS | O_NOATIME);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
    return openCounted(path);
  }
};
