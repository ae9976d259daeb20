import type { Descriptor } from "../../../oci/media-types.ts";
import type { CachedImage } from "../cached-image.ts";
import type { Lease } from "./lease.ts";
import type { PartialBlob } from "./partial-blob.ts";
import type { CacheStep, OnStep } from "./steps.ts";

export interface StoreOptions {
  readonly onStep?: OnStep;
  /** Called once for each lock that is waited for, with who holds it. */
  readonly onWait?: (line: string) => void;
}

/** The images that a runner keeps: their blobs once, and an OCI image layout for each channel. */
export class Store {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** For readers. @throws UserError when there is no store, or one of another version */
  static async open(folder: string, options: StoreOptions = {}): Promise<Store> {
    throw new Error(`not written yet: ${folder} ${typeof options}`);
  }

  /** For writers: makes what lacks. @throws UserError when the folder holds other things */
  static async create(folder: string, options: StoreOptions = {}): Promise<Store> {
    throw new Error(`not written yet: ${folder} ${typeof options}`);
  }

  /** The names of its channels: main first, then release lines from the oldest to the newest. */
  async channels(): Promise<readonly string[]> {
    throw new Error("not written yet");
  }

  /** A channel's images by label; none when the store has no such channel. */
  async images(channel: string): Promise<readonly CachedImage[]> {
    throw new Error(`not written yet: ${channel}`);
  }

  /** Images that a channel had before. */
  async former(): Promise<readonly CachedImage[]> {
    throw new Error("not written yet");
  }

  blobPath(digest: string): string {
    throw new Error(`not written yet: ${digest}`);
  }

  /** Whether there is a file of that size. */
  async has(blob: Pick<Descriptor, "digest" | "size">): Promise<boolean> {
    throw new Error(`not written yet: ${blob.digest}`);
  }

  /** Holds collections off. */
  async writing<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** Holds other writers of the same image off. */
  async writingImage<T>(channel: string, label: string, work: () => Promise<T>): Promise<T> {
    throw new Error(`not written yet: ${channel} ${label} ${typeof work}`);
  }

  /** Holds every writer off. */
  async collecting<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }

  /** A blob to write, when its other writers are done; undefined when the store has it by then. */
  async partial(blob: Descriptor): Promise<PartialBlob | undefined> {
    throw new Error(`not written yet: ${blob.digest}`);
  }

  /** Stores a small blob. @throws DamagedBlob when the bytes are others */
  async putBytes(blob: Descriptor, bytes: Uint8Array): Promise<void> {
    throw new Error(`not written yet: ${blob.digest} ${bytes.length}`);
  }

  /** Makes an image its channel's; the one before is a former image then. */
  async put(image: CachedImage): Promise<void> {
    throw new Error(`not written yet: ${image.label}`);
  }

  /**
   * Makes images of a channel former ones.
   * @param labels all when undefined
   * @returns those that the channel had
   */
  async remove(
    channel: string,
    labels: readonly string[] | undefined,
  ): Promise<readonly CachedImage[]> {
    throw new Error(`not written yet: ${channel} ${labels?.length}`);
  }

  /** Takes an image out of the former ones. @returns false when it is leased */
  async forget(image: CachedImage): Promise<boolean> {
    throw new Error(`not written yet: ${image.label}`);
  }

  /** Keeps an image from collections; undefined when the store has it no longer. */
  async lease(image: CachedImage): Promise<Lease | undefined> {
    throw new Error(`not written yet: ${image.label}`);
  }

  /** Tells whoever follows this run where it is; for changes that are made outside of this class. */
  async step(step: CacheStep, detail: string): Promise<void> {
    throw new Error(`not written yet: ${step} ${detail}`);
  }
}
