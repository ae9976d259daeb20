import type { LimitFunction } from "p-limit";
import pLimit from "p-limit";
import type { Descriptor } from "../../../oci/media-types.ts";
import type { RepositoryClient } from "../../../oci/registries.ts";
import type { Store } from "../store/store.ts";

/** Where blobs may be had. */
export interface DownloadSource {
  /** For people: `ghcr.io/pytorch/ci-image`. */
  readonly name: string;
  readonly repository: RepositoryClient;
}

/** How far a download is; in bytes. */
export interface DownloadProgress {
  /** Of all blobs that were not in the store at the start. */
  readonly total: number;
  /** Of these, what is on the disk, what an earlier run left included. */
  readonly done: number;
  /** What came over the network. */
  readonly fetched: number;
}

export interface DownloadOptions {
  /** Of all images of one refresh: pass the same to each call. Six of this call's own when undefined. */
  readonly connections?: LimitFunction;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Told why another source is asked. */
  readonly onFallback?: (line: string) => void;
}

/** What a download did; in bytes. */
export interface Downloaded {
  readonly bytesFetched: number;
  readonly bytesWritten: number;
  /** Of blobs that the store had already. */
  readonly present: number;
}

/** The connections of one refresh, to all registries together. */
export function downloadConnections(): LimitFunction {
  return pLimit(6);
}

/** Brings blobs into a store. */
export async function downloadBlobs(
  store: Store,
  blobs: readonly Descriptor[],
  sources: readonly DownloadSource[],
  options: DownloadOptions = {},
): Promise<Downloaded> {
  throw new Error(
    `not written yet: ${store.folder} ${blobs.length} ${sources.length} ${typeof options}`,
  );
}
