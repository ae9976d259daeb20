import {
  allEngineImages,
  type EngineImage,
  engineImages,
  hasContainerdStore,
  loadArchive,
  nameImage,
} from "../../container/docker-images.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Transfer, TransferProgress } from "../../print/transfer-progress.ts";
import { archiveFiles, archiveSize, packArchive } from "../archive.ts";
import { blobStream } from "../blob-stream.ts";
import { DamagedBlob } from "../store/damaged-blob.ts";
import type { Store } from "../store/store.ts";
import { classicArchive } from "./classic-archive.ts";
import type { OpenImage } from "./open-image.ts";
import { countShared } from "./shared-layers.ts";

/** What giving an image to an engine took. */
export interface Given {
  /** Nothing was sent when the engine had that very image. */
  readonly outcome: "present" | "loaded";
  /** As the engine calls it. */
  readonly id: string;
  /** Bytes of the archive. */
  readonly sent: number;
  /** Layers of the image, and how many of them the engine had before. */
  readonly layers: { readonly all: number; readonly there: number };
}

/** Sends an image to the engine, unless it is there, and names it. @throws UserError when the engine refuses it */
export async function giveImage(
  store: Store,
  open: OpenImage,
  names: readonly string[],
  progress: TransferProgress,
): Promise<Given> {
  const { image, content } = open;
  const all = open.diffIds.length;
  // A classic engine calls it by the one, the containerd image store by the other; neither has an image by the other's.
  const had = await engineImage(open, [content.config.digest, image.descriptor.digest]);
  if (had !== undefined) {
    await nameImage(had, names);
    return { outcome: "present", id: had.id, sent: 0, layers: { all, there: all } };
  }
  const isContainerd = await hasContainerdStore();
  const id = isContainerd ? image.descriptor.digest : content.config.digest;
  // The containerd image store would take an image that lacks a blob, and notice when it runs.
  const there = isContainerd
    ? 0
    : countShared(
        open.diffIds,
        (await allEngineImages()).map(({ diffIds }) => diffIds),
      );
  let sent = 0;
  const send = async (without: number): Promise<void> => {
    const files = isContainerd
      ? archiveFiles({ ...image, ...content, blobs: content.all, names }, (blob) =>
          blobStream(store, blob),
        )
      : classicArchive(store, open, names, without);
    const total = archiveSize(files);
    sent += total;
    await loadArchive(
      counted(packArchive(files), total, (transfer) => {
        progress.update(image.label, transfer);
        if (transfer.done === transfer.total) progress.step("the engine unpacks it");
      }),
    );
  };
  try {
    await send(there);
  } catch (error) {
    const isRefused = error instanceof UserError && !(error instanceof DamagedBlob);
    if (there === 0 || !isRefused) throw error;
    // What it had may have been removed since it was asked.
    progress.note(`${image.label}: ${error.message}; the whole image is sent`);
    await send(0);
  }
  const loaded = await engineImage(open, [id]);
  if (loaded === undefined) {
    throw new UserError(
      `the engine took the archive of ${image.label}, and has no image ${id} after it`,
    );
  }
  await nameImage(loaded, names);
  return { outcome: "loaded", id, sent, layers: { all, there } };
}

/** The image by one of its ids, if what the engine would run has its layers: an index may be there for another platform. */
async function engineImage(
  { diffIds }: OpenImage,
  ids: readonly string[],
): Promise<EngineImage | undefined> {
  const found = await engineImages(ids);
  return found.find((image) => ids.includes(image.id) && image.diffIds.join() === diffIds.join());
}

/** Tells how far an archive is while it is read. */
async function* counted(
  archive: AsyncIterable<Uint8Array>,
  total: number,
  onProgress: (transfer: Transfer) => void,
): AsyncIterable<Uint8Array> {
  let done = 0;
  for await (const piece of archive) {
    yield piece;
    done += piece.length;
    onProgress({ total, done, fetched: done });
  }
}
