import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../../../rules/problems.ts";
import type { TransferProgress } from "../../print/transfer-progress.ts";
import { askedReference } from "../cached-image.ts";
import { findNamed } from "../load/find-image.ts";
import { openImage } from "../load/open-image.ts";
import { diskFault, onDisk } from "../store/disk-faults.ts";
import type { Store } from "../store/store.ts";
import { checkNewest, exportedFiles } from "./exported-files.ts";
import { openOwnTemporary, PARTIAL, removeLeftover } from "./own-temporary.ts";
import { isArchiveOf, writeArchive } from "./write-archive.ts";

interface ExportOptions {
  readonly channel: string;
  /** Absolute path of a folder that is there. */
  readonly folder: string;
  /** Labels, or accelerators; all of the channel when there is none. */
  readonly images: readonly string[];
  readonly progress: TransferProgress;
}

/** What became of the file of one image. */
export type ExportedImage = { readonly label: string; readonly file: string } & (
  | { readonly outcome: "written" | "unchanged"; readonly digest: string; readonly name: string }
  | { readonly outcome: "failed"; readonly reason: string }
);

/**
 * Writes a channel's images as files for `docker load --input`. One that fails does not stop the others.
 * @throws UserError when the choice of channel or images is wrong, or two of them would be one file
 */
export async function exportImages(
  store: Store,
  { channel, folder, images: chosen, progress }: ExportOptions,
): Promise<readonly ExportedImage[]> {
  checkNewest(channel, await store.channels());
  const all = await store.images(channel);
  const images =
    chosen.length === 0 ? all : [...new Set(chosen.map((name) => findNamed(all, name, channel)))];
  const files = exportedFiles(images, channel);
  await onDisk(folder, () => removeLeftovers(folder));
  const exported: ExportedImage[] = [];
  for (const [label, name] of files) {
    const file = join(folder, name);
    try {
      const result = await exportImage(store, { channel, label, file, progress });
      exported.push({ label, file, ...result });
    } catch (error) {
      const fault = diskFault(error, file);
      if (!(fault instanceof UserError)) throw fault;
      exported.push({ label, file, outcome: "failed", reason: fault.message });
    }
  }
  return exported;
}

interface OneExport {
  readonly channel: string;
  readonly label: string;
  readonly file: string;
  readonly progress: TransferProgress;
}

async function exportImage(store: Store, { channel, label, file, progress }: OneExport) {
  const path = join(file, "..", `.${basename(file)}${PARTIAL}`);
  const temporary = await openOwnTemporary(path, () =>
    progress.note(`${label}: waiting for another export of ${file}`),
  );
  let isMoved = false;
  try {
    // Looked for only now: who was waited for may have written what the channel has by now.
    const image = findNamed(await store.images(channel), label, channel);
    const open = await openImage(store, image);
    if (open === undefined) throw new UserError(`${label} went out of the store; refresh it`);
    try {
      const name = askedReference(image);
      const { content } = open;
      const archived = { ...image, ...content, blobs: content.all, names: [name] };
      const { digest } = image.descriptor;
      if (await isArchiveOf(store, file, archived)) {
        return { outcome: "unchanged", digest, name } as const;
      }
      await writeArchive(store, archived, file, { path, file: temporary }, (transfer) =>
        progress.update(label, transfer),
      );
      isMoved = true;
      return { outcome: "written", digest, name } as const;
    } finally {
      await open.release();
    }
  } finally {
    if (!isMoved) await rm(path, { force: true });
    await temporary.close();
  }
}

/** What killed runs left of images that are not exported any more. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (/^\..+_(?:main|release)\.tar\.partial$/.test(name)) {
      await removeLeftover(join(folder, name));
    }
  }
}
