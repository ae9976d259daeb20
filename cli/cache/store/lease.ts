import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { tryLock } from "fs-native-extensions";
import type { CachedImage } from "../cached-image.ts";
import { ifThere, onDisk } from "./disk-faults.ts";
import { isInPlace } from "./in-place.ts";
import { untilLocked } from "./kernel-lock.ts";

/** Keeps an image in the store while it is read. It ends with the process, too. */
export interface Lease {
  readonly image: CachedImage;
  release(): Promise<void>;
}

const { O_RDONLY, O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * A shared lock on an image's manifest, which readers can take who may only read.
 * @param path of the manifest, or of the index of platforms
 * @param isListed whether an index has the image; asked when the lock is held, as a collection may have been quicker
 */
export async function leaseImage(
  image: CachedImage,
  path: string,
  isListed: () => Promise<boolean>,
): Promise<Lease | undefined> {
  return onDisk(path, async () => {
    const file = await ifThere(() => open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
    if (file === undefined) return undefined;
    try {
      await untilLocked(file, { shared: true, onWait: () => undefined }, async () => "");
      if ((await isInPlace(file, path)) && (await isListed())) {
        return { image, release: () => file.close() };
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    await file.close();
    return undefined;
  });
}

/**
 * Does work while nobody can lease an image.
 * @returns false, with nothing done, when somebody has
 */
export async function unlessLeased(path: string, work: () => Promise<void>): Promise<boolean> {
  return onDisk(path, async () => {
    const file = await ifThere(() => open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK));
    try {
      if (file !== undefined && !tryLock(file.fd)) return false;
      await work();
      return true;
    } finally {
      await file?.close();
    }
  });
}
