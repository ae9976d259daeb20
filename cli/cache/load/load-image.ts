import {
  engineImages,
  nameImage,
  NoEngineError,
  pullImage,
} from "../../container/docker-images.ts";
import { labelsNamed } from "../../../rules/cache-labels.ts";
import { MAIN_BRANCH } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import type { TransferProgress } from "../../print/transfer-progress.ts";
import { askedReference, type CachedImage, wholeReference } from "../cached-image.ts";
import { checkedChannel } from "../checked-channel.ts";
import { codeOf } from "../store/disk-faults.ts";
import { Store } from "../store/store.ts";
import { type AskedImage, namesAsked, parseAskedImage } from "./asked-image.ts";
import { findReferenced, type Found, type FoundImage, listingOf } from "./find-image.ts";
import { findNamed, noImage } from "./find-named.ts";
import { type Given, giveImage } from "./give-image.ts";
import { type OpenImage, openImage } from "./open-image.ts";

interface LoadOptions {
  /** The store's folder. */
  readonly store: string;
  /** Where a name is looked for, `main` when undefined; a reference is looked for in it alone, everywhere when undefined. */
  readonly channel?: string;
  readonly progress: TransferProgress;
}

/** What a job gets. */
export type LoadReport = {
  /** What the engine calls it by now; a job may ask for any of these. */
  readonly names: readonly string[];
  readonly image?: CachedImage;
  /** No channel of the store has the image any more. */
  readonly isFormer?: boolean;
  /** It was asked for by a name that moves: it is what that meant when the store was refreshed. */
  readonly isFloating?: boolean;
} & (Given | { readonly outcome: "pulled"; readonly reason: string; readonly id: string });

/**
 * Gives the engine an image: out of the store if that has what is asked for, whole; else the engine pulls it.
 * @param asked a name in the store, or a reference
 * @throws UserError when there is no engine, or neither the store nor the registries give the image
 */
export async function loadImage(asked: string, options: LoadOptions): Promise<LoadReport> {
  const wanted = parseAskedImage(asked);
  const found = await find(wanted, options);
  if ("reason" in found) return pull(wanted, found, options);
  const { store, open, isFormer, isFloating } = found;
  const names = namesAsked(wanted, found);
  try {
    const given = await giveImage(store, open, names, options.progress);
    return { ...given, names, image: open.image, isFormer, isFloating };
  } catch (error) {
    return await pull(wanted, { reason: reasonOf(error), image: open.image }, options);
  } finally {
    await open.release();
  }
}

/** Why the store gives nothing, and of a name what the store says of it. */
interface Unusable {
  readonly reason: string;
  readonly image?: CachedImage | undefined;
}

/** How often an image is looked for that a collection takes before it is leased. */
const ATTEMPTS = 3;

async function find(
  wanted: AskedImage,
  { store: folder, channel }: LoadOptions,
): Promise<(FoundImage & { readonly store: Store; readonly open: OpenImage }) | Unusable> {
  let image: CachedImage | undefined;
  try {
    const store = await Store.open(folder);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = await findAsked(store, wanted, channel);
      if ("reason" in found) return found;
      image = found.image;
      const open = await openImage(store, image);
      if (open !== undefined) return { ...found, store, open };
    }
    return { reason: "collections took it from the store meanwhile", image };
  } catch (error) {
    // A name is nothing that could be pulled before the store has said what it means.
    if (wanted.kind === "name" && image === undefined) throw error;
    return { reason: reasonOf(error), image };
  }
}

/** @throws UserError when it is a name of no image, or of several */
async function findAsked(
  store: Store,
  wanted: AskedImage,
  channel: string | undefined,
): Promise<Found> {
  if (wanted.kind === "reference") {
    if (channel !== undefined) await checkedChannel(store, channel);
    return findReferenced(await listingOf(store, channel), wanted.reference);
  }
  const named = channel ?? MAIN_BRANCH;
  const images = await store.images(named);
  const image = findNamed(images, wanted.text);
  if (image !== undefined) return { image, isFormer: false, isTagged: false, isFloating: true };
  const former = formerText(await store.former(), wanted.text, named);
  if (former !== undefined) throw new UserError(former);
  await checkedChannel(store, named);
  throw new UserError(
    `${noImage(images, wanted.text, named)}\nA whole reference is loaded too, and pulled when the store has it not`,
  );
}

/** That a channel had an image before, and how to load it all the same; undefined when it had none of that name. */
function formerText(
  former: readonly CachedImage[],
  name: string,
  channel: string,
): string | undefined {
  const own = former.filter((image) => image.channel === channel);
  const labels = labelsNamed(
    name,
    own.map(({ label }) => label),
  );
  const had = own.filter(({ label }) => labels.includes(label));
  if (had.length === 0) return undefined;
  return [
    `${JSON.stringify(name)} is a former image: channel ${channel} had it and has it no more; slipway cache refresh brings what the channel has now. To load what it had, write`,
    ...had.map((image) => `  ${wholeReference(image)}`),
  ].join("\n");
}

/** Has the engine fetch the reference that was asked for, or of a name the image's own, from the first registry that gives it. */
async function pull(
  wanted: AskedImage,
  { reason, image }: Unusable,
  { progress }: LoadOptions,
): Promise<LoadReport> {
  const references =
    wanted.kind === "reference" ? [wanted.text] : Object.values(image?.references ?? {});
  const label = image?.label ?? wanted.text;
  progress.note(`${label}: ${reason}; the engine pulls it`);
  progress.stop();
  const pulled = await pullFirst(references, reason);
  // The digest of what was pulled under a tag is not known: it gets no name of an image in the store.
  const names =
    image === undefined || wanted.kind === "reference" ? references : [askedReference(image)];
  const [found] = await engineImages([pulled]);
  if (found === undefined) throw new UserError(`the engine pulled ${pulled}, and has it not`);
  if (wanted.kind === "name") await nameImage(found, names);
  return { outcome: "pulled", reason, id: found.id, names, ...(image !== undefined && { image }) };
}

/** @returns the reference that was pulled */
async function pullFirst(references: readonly string[], reason: string): Promise<string> {
  const faults: string[] = [];
  for (const reference of references) {
    try {
      await pullImage(reference);
      return reference;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      faults.push(error.message);
    }
  }
  throw new UserError(`not loaded: ${reason}\nnot pulled: ${faults.join("\n")}`);
}

/** What went wrong with the store or the engine, for people. @throws the error itself where a pull would go the same way, or it is our own fault */
function reasonOf(error: unknown): string {
  if (error instanceof NoEngineError || !(error instanceof Error)) throw error;
  if (error instanceof UserError || codeOf(error) !== undefined) return error.message;
  throw error;
}
