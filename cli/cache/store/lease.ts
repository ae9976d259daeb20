import type { CachedImage } from "../cached-image.ts";

/** Keeps an image in the store while it is read. It ends with the process, too. */
export interface Lease {
  readonly image: CachedImage;
  release(): Promise<void>;
}
