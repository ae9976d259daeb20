import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../../../rules/problems.ts";
import type { TransferProgress } from "../../print/transfer-progress.ts";
import { askedReference, type CachedImage } from "../cached-image.ts";
import { findNamed, noImage } from "../load/find-named.ts";
import { openImage } from "../load/open-image.ts";
import type { Store } from "../store/store.ts";
import { checkNewest, exportedFiles } from "./exported-files.ts";
import { openOwnTemporary, PARTIAL, removeLeftover } from "./own-temporary.ts";
import { targetFault } from "./target-faults.ts";
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
export type ExportedImage = { readonly image: CachedImage; readonly file: string } & (
  | { readonly outcome: "written" | "unchanged" }
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
    chosen.length === 0 ? all : [...new Set(chosen.map((name) => chooseImage(all, name, channel)))];
  const files = exportedFiles(images, channel);
  try {
    await removeLeftovers(folder);
  } catch (error) {
    throw targetFault(error, folder);
  }
  const exported: ExportedImage[] = [];
  for (const image of images) {
    const { label } = image;
    const file = join(folder, files.get(label) ?? "");
    try {
      exported.push({ file, ...(await exportImage(store, { channel, label, file, progress })) });
    } catch (error) {
      const fault = targetFault(error, file);
      if (!(fault instanceof UserError)) throw fault;
      exported.push({ image, file, outcome: "failed", reason: fault.message });
    }
  }
  return exported;
}

function chooseImage(images: readonly CachedImage[], name: string, channel: string): CachedImage {
  const image = findNamed(images, name);
  if (image === undefined) throw new UserError(noImage(images, name, channel));
  return image;
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
    const image = chooseImage(await store.images(channel), label, channel);
    const open = await openImage(store, image);
    if (open === undefined) throw new UserError(`${label} went out of the store; refresh it`);
    try {
      const { content } = open;
      const names = [askedReference(image)];
      const archived = { ...image, ...content, blobs: content.all, names };
      if (await isArchiveOf(store, file, archived)) {
        return { image, outcome: "unchanged" } as const;
      }
      await writeArchive(store, archived, file, { path, file: temporary }, (transfer) =>
        progress.update(label, transfer),
      );
      isMoved = true;
      return { image, outcome: "written" } as const;
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
