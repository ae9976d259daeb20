import { labelsNamed } from "../../../rules/cache-labels.ts";
import type { RegistryName } from "../../../rules/image-file-schema.ts";
import { imageLabels, parseImageLabel } from "../../../rules/image-label.ts";
import type { Channel } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import { suggestion } from "../../../rules/suggestion.ts";
import { explainInterruption } from "../../interruption.ts";
import { forLog } from "../../print/for-log.ts";
import { TransferProgress } from "../../print/transfer-progress.ts";
import { readStack, type Stack } from "../../stack.ts";
import { stackOrOwn } from "../../workflows/stack-of-run.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { checkWriter } from "../store/writer-check.ts";
import { listedImages } from "./listed-images.ts";
import { refreshImages } from "./refresh-images.ts";
import { refreshJson, refreshText } from "./refresh-text.ts";
import { RegistryClients } from "./registry-clients.ts";
import { channelOfRefreshedRun } from "./run-channel.ts";

export interface RefreshOptions {
  readonly store?: string;
  /** A file relative to the caller's folder, or a reference. */
  readonly images?: string;
  /** The stack of the workflow run, else `local`, without it. */
  readonly stack?: string;
  readonly channel?: Channel;
  /** Of GitHub, in the place of a channel. */
  readonly run?: number;
  /** Labels. */
  readonly image?: readonly string[];
  readonly from?: readonly RegistryName[];
  /** Bytes. */
  readonly reserve: number;
  readonly json: boolean;
}

/**
 * Refreshes a channel's images in a store, and says what became of each.
 * @returns the exit code: 1 when an image could not be had
 */
export async function refreshAndReport(options: RefreshOptions): Promise<number> {
  const folder = storeFolder(options.store);
  // Before a registry is asked, or the local cloud.
  await checkWriter(folder);
  const stack = await readStack(await stackOrOwn(options.stack));
  const channel =
    options.run === undefined
      ? (options.channel ?? stack.configuration.channel)
      : await channelOfRefreshedRun(stack, options.run);
  const listRead = Date.now();
  const list = await listedImages(stack, channel, options.images);
  const only =
    options.image === undefined ? undefined : knownLabels(options.image, list.images, stack);
  explainInterruption();
  const progress = new TransferProgress(options.json ? undefined : process.stderr);
  // A registry's words may be in it, and a workflow's runner reads along.
  const notes: string[] = [...list.notes];
  const say = (line: string) => {
    notes.push(line);
    progress.note(forLog(line));
  };
  try {
    const store = await Store.create(folder, {
      onStep: (step, detail) => progress.step(`${step} ${detail}`),
      onWait: say,
    });
    const clients = new RegistryClients(stack);
    const images = await refreshImages({
      ...{ store, channel, only, from: options.from, reserve: options.reserve, say },
      ...{ images: list.images, leftOut: list.leftOut, listRead },
      client: (registry, repository) => clients.client(registry, repository),
      onProgress: (label, transfer) => progress.update(label, transfer),
    });
    progress.stop();
    const report = { store: folder, channel, list, images, notes };
    console.log(options.json ? refreshJson(report) : forLog(refreshText(report)));
    return images.some(({ outcome }) => outcome === "failed") ? 1 : 0;
  } finally {
    progress.stop();
  }
}

/**
 * The labels of the images that names mean: the list's or the catalogue's. A release line need not have every image that main's
 * catalogue has, so that one which the list lacks is no mistake.
 */
function knownLabels(
  names: readonly string[],
  listed: readonly { readonly label: string }[],
  { families, catalog }: Stack,
): readonly string[] {
  const own = families.flatMap((family) => imageLabels({ ...family, platforms: [] }));
  const known = new Set([...listed.map(({ label }) => label), ...own]);
  const meant = names.map((label) => ({ label, found: labelsNamed(label, [...known]) }));
  const unknown = meant.filter(({ found }) => found.length !== 1);
  if (unknown.length === 0) return [...new Set(meant.flatMap(({ found }) => found))];
  const said = unknown.map(({ label, found }) => {
    if (found.length > 0) return `${JSON.stringify(label)} may be ${found.join(" or ")}`;
    const { family = "", platform } = parseImageLabel(label) ?? {};
    const quoted = JSON.stringify(label);
    if (platform !== undefined) return `${quoted} names a platform; leave @${platform} out`;
    const other = catalog.has(family) && families.every(({ name }) => name !== family);
    const why = other ? `, and the stack does not publish ${family}` : suggestion(label, known);
    return `${quoted} is no image${why}`;
  });
  throw new UserError(`--image: ${said.join("; ")}. There are: ${[...known].join(", ")}`);
}
