import pLimit from "p-limit";
import type { Descriptor } from "../../../oci/media-types.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Store } from "../store/store.ts";
import { BlobDownload, type Download } from "./blob-download.ts";
import { MemorySweep } from "./memory-sweep.ts";
import { SourceList, type DownloadSource } from "./source-list.ts";
import { Tally, type DownloadProgress } from "./tally.ts";

export type { DownloadProgress, DownloadSource };

export interface DownloadOptions {
  /** Called for every piece of some kilobytes. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Told why another source is asked. */
  readonly onFallback?: (line: string) => void;
}

/** What a download did; in bytes. */
export interface Downloaded<Source extends DownloadSource = DownloadSource> {
  /** Over the network. */
  readonly bytesFetched: number;
  /** To the disk. */
  readonly bytesWritten: number;
  /** Of blobs that the store had already. */
  readonly present: number;
  /** Where bytes came from, in the order that was given. */
  readonly sources: readonly Source[];
}

/** Connections of a download at a time, to all registries together. A refresh has one download at a time. */
const MOST_CONNECTIONS = 6;

/**
 * Brings blobs into a store, large ones in parts at the same time; goes on where an earlier run was ended. A blob that one
 * source refuses, does not have or sends damaged comes from the next.
 * @throws UserError when a blob cannot be had whole from any source, or the disk fails; the other blobs are kept as far as
 * they came
 */
export async function downloadBlobs<Source extends DownloadSource>(
  store: Store,
  blobs: readonly Descriptor[],
  sources: readonly Source[],
  options: DownloadOptions = {},
): Promise<Downloaded<Source>> {
  const { onProgress, onFallback } = options;
  const lacking: Descriptor[] = [];
  let present = 0;
  for (const blob of unique(blobs)) {
    if (await store.has(blob)) present += blob.size;
    else lacking.push(blob);
  }
  const total = lacking.reduce((sum, { size }) => sum + size, 0);
  const tally = new Tally(total, onProgress ?? (() => undefined));
  const download: Download = {
    store,
    sources: new SourceList(sources, onFallback ?? (() => undefined)),
    connections: pLimit(MOST_CONNECTIONS),
    tally,
    sweep: new MemorySweep(total),
    brought: new Set(),
    rangeless: new Set(),
    isStopped: false,
  };
  const atATime = pLimit(MOST_CONNECTIONS);
  const ends = await Promise.allSettled(
    lacking.map((blob) =>
      atATime(async () => {
        if (download.isStopped) return;
        try {
          await new BlobDownload(download, blob).run();
        } catch (error) {
          download.isStopped = true;
          throw error;
        }
      }),
    ),
  );
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return {
    ...{ bytesFetched: tally.fetched, bytesWritten: tally.written, present },
    sources: sources.filter((source) => download.brought.has(source)),
  };
}

/** Each digest once. */
function unique(blobs: readonly Descriptor[]): readonly Descriptor[] {
  const found = new Map<string, Descriptor>();
  for (const blob of blobs) {
    const other = found.get(blob.digest) ?? blob;
    if (other.size !== blob.size) {
      throw new UserError(
        `${blob.digest} is listed with ${other.size} bytes and with ${blob.size}; an image that says both is broken: build it anew`,
      );
    }
    found.set(blob.digest, other);
  }
  return [...found.values()];
}
