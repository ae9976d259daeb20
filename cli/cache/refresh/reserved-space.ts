import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { tryLock } from "fs-native-extensions";
import { z } from "zod";
import type { Descriptor } from "../../../oci/media-types.ts";
import { DIGEST } from "../../../rules/image-reference.ts";
import { ifThere, onDisk } from "../store/disk-faults.ts";
import { lockFile } from "../store/kernel-lock.ts";
import { StorePaths } from "../store/paths.ts";
import type { Store } from "../store/store.ts";
import { bytesNeeded, missingBlobs, refuseWithoutSpace } from "./free-space.ts";

/** How files in `locks` end that say what a run is to fetch. */
const RESERVATION = ".reserved";
/** More than a run says, in bytes. */
const LIMIT = 16 * 1024 * 1024;

const Reserved = z.array(
  z.object({ digest: z.string().regex(DIGEST), size: z.int().nonnegative() }).strict(),
);

/** What a run is to fetch: as much of a blob as a look at the disk needs. */
type Blob = Pick<Descriptor, "digest" | "size">;

/**
 * Does work for which blobs are to come, when the disk has room for them and for those of all runs that are under way: each run
 * says in a file that it holds a lock on what is to come, and free bytes that another one needs are not counted a second time. What
 * a killed run said is removed by the next.
 * @param reserve bytes that stay free
 * @throws UserError without room
 */
export async function withSpaceFor<T>(
  store: Pick<Store, "folder" | "has">,
  missing: readonly Blob[],
  { reserve, say }: { readonly reserve: number; readonly say: (line: string) => void },
  work: () => Promise<T>,
): Promise<T> {
  if (missing.length === 0) return work();
  const { locks } = new StorePaths(store.folder);
  const own = join(locks, `${process.pid}-${randomBytes(4).toString("hex")}${RESERVATION}`);
  const lock = await lockFile(join(locks, "space.lock"), {
    onWait: (holder) => say(`waiting for ${holder} to look at the disk`),
  });
  let reservation: FileHandle;
  try {
    const others = await missingBlobs(store, await reserved(locks));
    const needed = await bytesNeeded(store, missing);
    const together = await bytesNeeded(store, await missingBlobs(store, [...missing, ...others]));
    await refuseWithoutSpace(store, { needed, byOthers: together - needed, reserve });
    reservation = await onDisk(own, () => written(own, missing));
  } finally {
    await lock.release();
  }
  try {
    return await work();
  } finally {
    await onDisk(own, () => rm(own, { force: true }));
    await reservation.close();
  }
}

/** A file that this process holds a lock on. */
async function written(path: string, blobs: readonly Blob[]): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    if (!tryLock(file.fd)) throw new Error(`${path} is locked by somebody else`);
    await file.writeFile(JSON.stringify(blobs.map(({ digest, size }) => ({ digest, size }))));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** What runs that are under way are to fetch. For who holds the lock of all reservations. */
async function reserved(locks: string): Promise<readonly Blob[]> {
  const found: Blob[] = [];
  for (const name of await onDisk(locks, () => readdir(locks))) {
    if (name.endsWith(RESERVATION)) found.push(...(await reservedIn(join(locks, name))));
  }
  return found;
}

async function reservedIn(path: string): Promise<readonly Blob[]> {
  return onDisk(path, async () => {
    const { O_RDWR, O_NOFOLLOW, O_NONBLOCK } = constants;
    const file = await ifThere(() => open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK));
    if (file === undefined) return [];
    try {
      if (tryLock(file.fd)) {
        await rm(path, { force: true });
        return [];
      }
      const { size } = await file.stat();
      return size > LIMIT ? [] : parsed(await file.readFile("utf8"));
    } finally {
      await file.close();
    }
  });
}

/** Nothing of what is no list of blobs: it is that of a run that could not write it. */
function parsed(text: string): readonly Blob[] {
  try {
    return Reserved.parse(JSON.parse(text));
  } catch {
    return [];
  }
}
