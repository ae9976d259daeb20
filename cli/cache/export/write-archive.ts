import { constants } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { formatBytes } from "../../../rules/byte-size.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Transfer } from "../../print/transfer-progress.ts";
import {
  type ArchivedImage,
  archiveBeginning,
  archiveFiles,
  archiveSize,
  packArchive,
} from "../archive.ts";
import { blobStream } from "../blob-stream.ts";
import { freeBytes, ifThere } from "../store/disk-faults.ts";
import { FILE_MODE, syncFolder } from "../store/replace-file.ts";
import type { Store } from "../store/store.ts";

/**
 * Writes an archive in the place of the one before, so that whoever opens the path finds either, whole, also after a power cut.
 * @param temporary beside it, open, this process's alone
 * @throws UserError when the disk has no room, or a blob of the store is damaged: the file before is left
 */
export async function writeArchive(
  store: Store,
  image: ArchivedImage,
  path: string,
  temporary: { readonly path: string; readonly file: FileHandle },
  onProgress: (transfer: Transfer) => void,
): Promise<void> {
  const files = archiveFiles(image, (blob) => blobStream(store, blob));
  const total = archiveSize(files);
  const free = await freeBytes(dirname(path));
  if (free < total) {
    throw new UserError(
      `${path} needs ${formatBytes(total)} beside the file before, and ${formatBytes(free)} are free; the file is left as it was`,
    );
  }
  await store.step("archive-writing", path);
  let done = 0;
  for await (const piece of packArchive(files)) {
    await temporary.file.appendFile(piece);
    done += piece.length;
    onProgress({ total, done, fetched: done });
  }
  await temporary.file.chmod(FILE_MODE);
  await temporary.file.sync();
  await store.step("archive-written", path);
  await store.step("archive-moving", path);
  await rename(temporary.path, path);
  await syncFolder(dirname(path));
  await store.step("archive-moved", path);
}

/** Whether a path holds the archive of an image already; they are put in their place whole. */
export async function isArchiveOf(
  store: Store,
  path: string,
  image: ArchivedImage,
): Promise<boolean> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = await ifThere(() => open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  if (file === undefined) return false;
  try {
    const found = await file.stat();
    const files = archiveFiles(image, (blob) => blobStream(store, blob));
    if (!found.isFile() || found.size !== archiveSize(files)) return false;
    const beginning = await archiveBeginning(image);
    const { buffer } = await file.read(Buffer.alloc(beginning.length), 0, beginning.length, 0);
    return buffer.equals(beginning);
  } finally {
    await file.close();
  }
}
