/** How far a download is; in bytes. */
export interface DownloadProgress {
  /** Of all blobs that were not in the store at the start. */
  readonly total: number;
  /** Of these, what is on the disk, what an earlier run left included. */
  readonly done: number;
  /** What came over the network. */
  readonly fetched: number;
}

/** Counts what a download does, in bytes. */
export class Tally {
  readonly #total: number;
  readonly #onProgress: (progress: DownloadProgress) => void;
  readonly #blobs = new Map<string, number>();
  #done = 0;
  #fetched = 0;
  #written = 0;

  constructor(total: number, onProgress: (progress: DownloadProgress) => void) {
    this.#total = total;
    this.#onProgress = onProgress;
  }

  get fetched(): number {
    return this.#fetched;
  }

  get written(): number {
    return this.#written;
  }

  /** How much of a blob is there, found and not written now. */
  found(digest: string, bytes: number): void {
    this.#done += bytes - (this.#blobs.get(digest) ?? 0);
    this.#blobs.set(digest, bytes);
    this.#tell();
  }

  came(bytes: number): void {
    this.#fetched += bytes;
  }

  wrote(digest: string, bytes: number): void {
    this.#written += bytes;
    this.found(digest, (this.#blobs.get(digest) ?? 0) + bytes);
  }

  #tell(): void {
    this.#onProgress({ total: this.#total, done: this.#done, fetched: this.#fetched });
  }
}
