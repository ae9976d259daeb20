import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isChannel, MAIN_BRANCH } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import { TransferProgress } from "../../print/transfer-progress.ts";
import { callerFolder } from "../../project-root.ts";
import { checkedChannel } from "../checked-channel.ts";
import { ifThere, onDisk } from "../store/disk-faults.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { type ExportedImage, exportImages } from "./export-images.ts";

/** Options of `slipway cache export`. */
export interface ExportCommandOptions {
  readonly store?: string;
  readonly channel: string;
  readonly directory: string;
  readonly image?: readonly string[];
  readonly json?: boolean;
}

/** Writes a channel's files and tells which. Returns the exit code: 1 when one could not be written. */
export async function runExport({
  store: option,
  channel,
  directory,
  image = [],
  json = false,
}: ExportCommandOptions): Promise<number> {
  if (!isChannel(channel)) {
    throw new UserError(
      `--channel ${JSON.stringify(channel)}: runners keep images of main and of release/* alone; write main, or release/2.10`,
    );
  }
  const folder = resolve(callerFolder(), directory);
  const found = await onDisk(folder, () => ifThere(() => stat(folder)));
  if (found?.isDirectory() !== true) {
    throw new UserError(
      `--directory ${folder} is no folder; make it, or mount its disk: it is not made here, where it would fill another one`,
    );
  }
  const progress = new TransferProgress(json ? undefined : process.stderr);
  try {
    const store = await Store.open(storeFolder(option), {
      onStep: (step, detail) => progress.step(`${step} ${detail}`),
    });
    await checkedChannel(store, channel);
    const images = await exportImages(store, { channel, folder, images: image, progress });
    progress.stop();
    if (json) console.log(JSON.stringify({ channel, directory: folder, images }, undefined, 2));
    else console.log(exportText(channel, images));
    return images.some(({ outcome }) => outcome === "failed") ? 1 : 0;
  } finally {
    progress.stop();
  }
}

/** In words: which line the files are of, and what became of each. */
export function exportText(channel: string, images: readonly ExportedImage[]): string {
  if (images.length === 0) return `${channel} has no images in the store; nothing is written`;
  const line =
    channel === MAIN_BRANCH ? [] : [`${channel} is the newest release line in the store`];
  return [
    ...line,
    ...images.map((image) => {
      if (image.outcome === "failed") return `${image.file}: not written: ${image.reason}`;
      const how = image.outcome === "unchanged" ? "has it already" : "written";
      return `${image.file}: ${how}: ${image.name} (${image.digest})`;
    }),
  ].join("\n");
}
