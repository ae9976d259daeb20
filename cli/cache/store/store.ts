import { lstat } from "node:fs/promises";
import { sha256 } from "../../../oci/digest.ts";
import type { Descriptor } from "../../../oci/media-types.ts";
import { isChannel } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import { isCachedLabel, type CachedImage } from "../cached-image.ts";
import { contentOf } from "../image-content.ts";
import { DamagedBlob } from "./damaged-blob.ts";
import { ifThere, onDisk } from "./disk-faults.ts";
import { makeFolder, OWN_FOLDER_MODE } from "./folders.ts";
import { ImageIndexes, type StoredImages } from "./image-indexes.ts";
import { lockFile } from "./kernel-lock.ts";
import { leaseImage, unlessLeased, type Lease } from "./lease.ts";
import { PartialBlob } from "./partial-blob.ts";
import type { StorePaths } from "./paths.ts";
import { openCounted, openQuietly, type OpenForReading } from "./open-for-reading.ts";
import { readBlob } from "./read-blob.ts";
import type { CacheStep, OnStep } from "./steps.ts";
import { completeStoreFolder, openStoreFolder, prepareStoreFolder } from "./store-folder.ts";
import { StoreLock } from "./store-lock.ts";
import { checkWriter } from "./writer-check.ts";

interface StoreOptions {
  readonly onStep?: OnStep;
  /** Called once for each lock that is waited for, with who holds it. */
  readonly onWait?: (line: string) => void;
}

/**
 * The images that a runner keeps: their blobs once, and an OCI image layout for each channel. Any number of processes may read and
 * write it. A reader sees an image whole or not at all.
 */
export class Store {
  readonly folder: string;
  readonly #paths: StorePaths;
  readonly #onStep: OnStep;
  readonly #onWait: (line: string) => void;
  readonly #lock: StoreLock;
  readonly #indexes: ImageIndexes;
  readonly #open: OpenForReading;

  private constructor(paths: StorePaths, options: StoreOptions, open: OpenForReading) {
    this.folder = paths.folder;
    this.#paths = paths;
    this.#open = open;
    this.#onStep = options.onStep ?? (() => undefined);
    this.#onWait = options.onWait ?? (() => undefined);
    this.#lock = new StoreLock(paths, this.#onWait);
    this.#indexes = new ImageIndexes(paths, this.#onStep, this.#onWait);
  }

  /** For readers, whose reading of manifests is a use of images. @throws UserError when there is no store, or one of another version */
  static async open(folder: string, options: StoreOptions = {}): Promise<Store> {
    return new Store(await openStoreFolder(folder), options, openCounted);
  }

  /** For writers: makes what lacks. @throws UserError when the folder holds other things */
  static async create(folder: string, options: StoreOptions = {}): Promise<Store> {
    const { onStep = () => undefined, onWait = () => undefined } = options;
    const paths = await prepareStoreFolder(folder, onStep);
    const lock = await lockFile(paths.indexLock(), {
      onWait: (holder) => onWait(`waiting for ${holder} to move an index`),
    });
    try {
      await completeStoreFolder(paths, onStep);
    } finally {
      await lock.release();
    }
    return new Store(paths, options, openQuietly);
  }

  /** The names of its channels: main first, then release lines from the oldest to the newest. */
  async channels(): Promise<readonly string[]> {
    return [...(await this.#indexes.channels()).keys()];
  }

  /** A channel's images by label; none when the store has no such channel. */
  async images(channel: string): Promise<readonly CachedImage[]> {
    return this.#indexes.images(channel);
  }

  /** Images that a channel had before. What a channel has by now may be there too; read channels first. */
  async former(): Promise<readonly CachedImage[]> {
    return this.#indexes.former();
  }

  /** Every image: what channels have, in their order, and what they had before. */
  async all(): Promise<StoredImages> {
    return this.#indexes.all();
  }

  blobPath(digest: string): string {
    return this.#paths.blob(digest);
  }

  /** Whether there is a file of that size. */
  async has({ digest, size }: Pick<Descriptor, "digest" | "size">): Promise<boolean> {
    const path = this.blobPath(digest);
    const found = await onDisk(path, () => ifThere(() => lstat(path)));
    return found?.isFile() === true && found.size === size;
  }

  /** The content of a small blob, verified: a manifest, a configuration. @throws UserError when it is not there or damaged */
  async bytes(blob: Descriptor): Promise<Buffer> {
    return readBlob(this.blobPath(blob.digest), blob, this.#open);
  }

  /** Holds collections off. @throws UserError when the store is another user's */
  async writing<T>(work: () => Promise<T>): Promise<T> {
    await checkWriter(this.folder);
    return this.#lock.shared(work);
  }

  /** Holds other writers of the same image off, and collections. */
  async writingImage<T>(channel: string, label: string, work: () => Promise<T>): Promise<T> {
    if (!isChannel(channel)) throw new Error(`${JSON.stringify(channel)} is no channel`);
    if (!isCachedLabel(label)) throw new Error(`${JSON.stringify(label)} is no image's label`);
    return this.writing(async () => {
      await makeFolder(this.#paths.channelLocks(channel), this.#onStep, OWN_FOLDER_MODE);
      const lock = await lockFile(this.#paths.imageLock(channel, label), {
        onWait: (holder) => this.#onWait(`waiting for ${holder}, which writes ${label}`),
      });
      try {
        return await work();
      } finally {
        await lock.release();
      }
    });
  }

  /** Holds every writer off; not inside of their work. @throws UserError when the store is another user's */
  async collecting<T>(work: () => Promise<T>): Promise<T> {
    await checkWriter(this.folder);
    return this.#lock.alone(work);
  }

  /** A blob to write, when its other writers are done; undefined when the store has it by then. */
  async partial(blob: Pick<Descriptor, "digest" | "size">): Promise<PartialBlob | undefined> {
    const isThere = (): Promise<boolean> => this.has(blob);
    while (!(await isThere())) {
      const args = { paths: this.#paths, blob, onStep: this.#onStep, onWait: this.#onWait };
      const partial = await PartialBlob.open({ ...args, isThere });
      if (partial !== undefined) return partial;
    }
    return undefined;
  }

  /** Stores a small blob. @throws DamagedBlob when the bytes are others */
  async putBytes(blob: Descriptor, bytes: Uint8Array): Promise<void> {
    if (bytes.length !== blob.size || sha256(bytes) !== blob.digest) {
      throw new DamagedBlob(
        `asked for ${blob.digest} of ${blob.size} bytes, was sent ${bytes.length} bytes with digest ${sha256(bytes)}`,
      );
    }
    await this.writing(async () => {
      const partial = await this.partial(blob);
      if (partial === undefined) return;
      try {
        await partial.write(0, bytes);
        if (bytes.length > 0) await partial.finished({ start: 0, end: bytes.length });
        await partial.commit();
      } finally {
        await partial.close();
      }
    });
  }

  /**
   * Makes an image its channel's; the one before is a former image then.
   * @throws UserError when the store lacks a blob of it
   */
  async put(image: CachedImage): Promise<void> {
    await this.writing(async () => {
      const { all } = await contentOf(this, image);
      for (const blob of all) {
        if (await this.has(blob)) continue;
        throw new UserError(`${image.label}: ${blob.digest} is not in the store; refresh it`);
      }
      await this.#indexes.put(image);
    });
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
    return this.writing(() => this.#indexes.remove(channel, labels));
  }

  /** Takes an image out of the former ones. @returns false when it is leased */
  async forget(image: CachedImage): Promise<boolean> {
    return this.writing(() =>
      unlessLeased(this.blobPath(image.descriptor.digest), () => this.#indexes.forget(image)),
    );
  }

  /** Keeps an image from collections; undefined when the store has it no longer. */
  async lease(image: CachedImage): Promise<Lease | undefined> {
    const { digest } = image.descriptor;
    return leaseImage(image, this.blobPath(digest), () => this.#indexes.lists(image));
  }

  /** Tells whoever follows this run where it is: for changes of the disk that are made outside of this class. */
  async step(step: CacheStep, detail: string): Promise<void> {
    await this.#onStep(step, detail);
  }
}
