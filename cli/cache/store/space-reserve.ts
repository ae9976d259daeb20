import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, rm } from "node:fs/promises";
import { ifThere, isFull, onDisk } from "./disk-faults.ts";

/** The indexes of hundreds of images, in bytes. */
const RESERVE = 1024 * 1024;
const PIECE = 64 * 1024;

/**
 * Keeps room for who makes room: taking an image out of a store writes an index anew first, which a full disk would not let it. As
 * much of it is kept as there is room for. For who holds the lock of the indexes.
 */
export async function keepReserve(path: string): Promise<void> {
  await onDisk(path, async () => {
    const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    const flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    try {
      const file = await open(path, flags, 0o600);
      try {
        let { size } = await file.stat();
        while (size < RESERVE) {
          // Random ones: some file systems pack others.
          const bytes = randomBytes(Math.min(PIECE, RESERVE - size));
          size += (await file.write(bytes, 0, bytes.length, size)).bytesWritten;
        }
      } finally {
        await file.close();
      }
    } catch (error) {
      if (!isFull(error)) throw error;
    }
  });
}

/** Gives the room free. @returns whether there was any. For who holds the lock of the indexes */
export async function releaseReserve(path: string): Promise<boolean> {
  return onDisk(path, async () => {
    const found = await ifThere(() => lstat(path));
    await rm(path, { force: true });
    return found !== undefined && found.size > 0;
  });
}
