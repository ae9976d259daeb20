import { formatBytes } from "../../../rules/byte-size.ts";
import { TransferProgress } from "../../print/transfer-progress.ts";
import { imageJson } from "../images/image-json.ts";
import { storeFolder } from "../store-option.ts";
import { loadImage, type LoadReport } from "./load-image.ts";

/** Options of `slipway cache load`. */
export interface LoadCommandOptions {
  readonly store?: string;
  readonly channel?: string;
  readonly json?: boolean;
}

/** Gives the engine an image, and tells how. */
export async function runLoad(
  asked: string,
  { store, channel, json = false }: LoadCommandOptions,
): Promise<void> {
  const progress = new TransferProgress(json ? undefined : process.stderr);
  try {
    const report = await loadImage(asked, {
      store: storeFolder(store),
      ...(channel !== undefined && { channel }),
      progress,
    });
    progress.stop();
    console.log(json ? JSON.stringify(loadJson(report), undefined, 2) : loadText(report));
  } finally {
    progress.stop();
  }
}

/** For programs. */
function loadJson({ image, isFormer = false, ...report }: LoadReport): unknown {
  return { ...report, ...(image !== undefined && { image: imageJson(image, isFormer) }) };
}

/** In words: what the engine has, whence, and for a job the names to ask for. */
export function loadText(report: LoadReport): string {
  const { names, image } = report;
  return [
    `${image?.label ?? names[0] ?? ""}: ${howText(report)}`,
    ...names.map((name) => `  ${name}`),
  ].join("\n");
}

function howText(report: LoadReport): string {
  if (report.outcome === "pulled") return `pulled, as ${report.reason}`;
  const from = fromText(report);
  if (report.outcome === "present") return `the engine had it (${from})`;
  const { sent, layers } = report;
  const there = layers.there === 0 ? "" : `, ${layers.there} of ${layers.all} layers were there`;
  return `loaded (${from}): ${formatBytes(sent)} sent${there}`;
}

function fromText({ image, isFormer = false, isFloating = false }: LoadReport): string {
  const { channel = "", added = "", refreshed = "", commit = "" } = image ?? {};
  const whose = isFormer ? `that ${channel} had before` : `of ${channel}`;
  const as = isFloating ? `, as of the refresh of ${refreshed}, commit ${commit}` : "";
  return `${whose}, in the store since ${added}${as}`;
}
