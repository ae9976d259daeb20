import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { MAIN_BRANCH } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import { TransferProgress } from "../../print/transfer-progress.ts";
import { callerFolder } from "../../project-root.ts";
import { askedReference } from "../cached-image.ts";
import { checkedChannel } from "../checked-channel.ts";
import { imageJson } from "../images/image-json.ts";
import { ifThere, onDisk } from "../store/disk-faults.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { type ExportedImage, exportImages } from "./export-images.ts";
import { staleFiles } from "./stale-files.ts";

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
    const stale = await staleFiles(store, folder);
    console.log(
      json ? exportJson(channel, folder, images, stale) : exportText(channel, images, stale),
    );
    return images.some(({ outcome }) => outcome === "failed") ? 1 : 0;
  } finally {
    progress.stop();
  }
}

/** For programs. */
function exportJson(
  channel: string,
  directory: string,
  images: readonly ExportedImage[],
  stale: readonly string[],
): string {
  const told = images.map(({ image, ...rest }) => ({ ...imageJson(image, false), ...rest }));
  return JSON.stringify({ channel, directory, images: told, stale }, undefined, 2);
}

/** In words: which line the files are of, what became of each, and which files are no image's any more. */
export function exportText(
  channel: string,
  images: readonly ExportedImage[],
  stale: readonly string[],
): string {
  const none = `${channel} has no images in the store; nothing is written`;
  const newest = `${channel} is the newest release line in the store`;
  const line = images.length === 0 ? [none] : channel === MAIN_BRANCH ? [] : [newest];
  return [
    ...line,
    ...images.map(({ image, file, ...result }) => {
      if (result.outcome === "failed") return `${file}: not written: ${result.reason}`;
      const how = result.outcome === "unchanged" ? "has it already" : "written";
      return `${file}: ${how}: ${askedReference(image)} (${image.descriptor.digest})`;
    }),
    ...stale.map(
      (file) =>
        `${file}: is no image's of the store any more, and was left; remove it if no runner needs it`,
    ),
  ].join("\n");
}
