import { rm } from "node:fs/promises";
import {
  formerToForget,
  isLeftover,
  type CollectionLimit,
  type FormerUse,
} from "../../../rules/cache-collection.ts";
import type { SizedBlob } from "../../../rules/cache-sizes.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import { keptBlobs, lastUsed } from "../kept-blobs.ts";
import { DamagedBlob } from "../store/damaged-blob.ts";
import { onDisk } from "../store/disk-faults.ts";
import { StorePaths } from "../store/paths.ts";
import type { Store } from "../store/store.ts";
import { bytesOf, filesIn, type StoredFile } from "./files.ts";
import { deleteOrphans } from "./orphans.ts";
import { storeBytes } from "./store-bytes.ts";

/** What a collection did. */
interface Collection {
  /** Former images that the store has no longer. */
  readonly forgotten: readonly CachedImage[];
  /** Former images that would have gone, but are being read. */
  readonly leased: readonly CachedImage[];
  /** Bytes that the store took less afterwards. */
  readonly freedBytes: number;
  /** Bytes that the store takes now. */
  readonly bytes: number;
  /** What kept it from doing more, in sentences. */
  readonly notes: readonly string[];
}

/** A former image, with what the rule asks about it. */
interface Former extends FormerUse {
  readonly image: CachedImage;
}

/**
 * Brings a store down to a limit: deletes what killed runs left, then former images, the least recently used first. What a channel
 * has stays, and what somebody reads. Where it is killed, the next one goes on.
 */
export async function collectStore(store: Store, limit: CollectionLimit): Promise<Collection> {
  return store.collecting(async () => new Collector(store, limit).run());
}

class Collector {
  readonly #store: Store;
  readonly #limit: CollectionLimit;
  readonly #paths: StorePaths;
  readonly #notes: string[] = [];
  readonly #forgotten: CachedImage[] = [];
  readonly #leased: CachedImage[] = [];
  /** Whether all that images have is known, so that the rest is nobody's. */
  #isAllKnown = true;

  constructor(store: Store, limit: CollectionLimit) {
    this.#store = store;
    this.#limit = limit;
    this.#paths = new StorePaths(store.folder);
  }

  async run(): Promise<Collection> {
    const before = await this.#bytes();
    const now = Date.now();
    await this.#deletePartials(({ modified }) => isLeftover(modified, now));
    const images = await this.#store.all();
    const listed = await this.#listed(images.listed);
    const all = await this.#former(images.former);
    // No room would come of it: what the others have is not known, so that no blob may be deleted.
    const former = this.#isAllKnown ? await this.#forget(all, listed) : all;
    const used = [...listed, ...former.flatMap(({ blobs }) => blobs)].map(({ digest }) => digest);
    if (this.#isAllKnown) await deleteOrphans(this.#store, new Set(used));
    // What a killed refresh would go on with is worth more than a former image, and less than the limit.
    if ((await this.#bytes()) > this.#limit.maxBytes) await this.#deletePartials(() => true);
    const bytes = await this.#bytes();
    if (bytes > this.#limit.maxBytes && this.#isAllKnown) {
      this.#notes.push(this.#stillAbove(former.length));
    }
    return {
      forgotten: this.#forgotten,
      leased: this.#leased,
      freedBytes: before - bytes,
      bytes,
      notes: this.#notes,
    };
  }

  /** Every blob that channels' images have. */
  async #listed(listed: readonly CachedImage[]): Promise<readonly SizedBlob[]> {
    const blobs: SizedBlob[] = [];
    for (const image of listed) {
      const found = await this.#blobs(image);
      if (found instanceof UserError) this.#unknown(`channel ${image.channel}`, found);
      else blobs.push(...found);
    }
    return blobs;
  }

  async #former(former: readonly CachedImage[]): Promise<readonly Former[]> {
    const found: Former[] = [];
    for (const image of former) {
      // Before anything of it is read.
      const used = await lastUse(this.#store, image);
      const blobs = await this.#blobs(image);
      if (!(blobs instanceof UserError)) {
        const { label, descriptor } = image;
        const { digest } = descriptor;
        found.push({ image, label, digest, lastUsed: used, blobs, isLeased: false });
      } else if (blobs instanceof DamagedBlob && (await this.#store.forget(image))) {
        // Nobody can load it, and no refresh brings it back.
        this.#forgotten.push(image);
      } else this.#unknown("former", blobs);
    }
    return found;
  }

  /** What an image has, or why that cannot be known. */
  async #blobs(image: CachedImage): Promise<readonly SizedBlob[] | UserError> {
    try {
      return await keptBlobs(this.#store, image);
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
  }

  #unknown(where: string, { message }: UserError): void {
    this.#isAllKnown = false;
    this.#notes.push(`${where}: ${message}; until then no other image and no blob is deleted`);
  }

  /** Forgets former images one by one, since each may turn out to be read. Returns those that stay. */
  async #forget(all: readonly Former[], listed: readonly SizedBlob[]): Promise<readonly Former[]> {
    const others = bytesOf(await filesIn(this.#paths.partials));
    let former = all;
    for (;;) {
      const [next] = formerToForget(former, [{ blobs: listed }], others, this.#limit);
      if (next === undefined) return former;
      if (await this.#store.forget(next.image)) {
        this.#forgotten.push(next.image);
        former = former.filter((one) => one !== next);
      } else {
        this.#leased.push(next.image);
        former = former.map((one) => (one === next ? { ...one, isLeased: true } : one));
      }
    }
  }

  async #deletePartials(goes: (file: StoredFile) => boolean): Promise<void> {
    for (const file of await filesIn(this.#paths.partials)) {
      if (!goes(file)) continue;
      await this.#store.step("partial-deleting", file.name);
      await onDisk(file.path, () => rm(file.path, { force: true }));
      await this.#store.step("partial-deleted", file.name);
    }
  }

  async #bytes(): Promise<number> {
    return storeBytes(this.#store.folder);
  }

  #stillAbove(former: number): string {
    const images = former === 1 ? "1 former image" : `${former} former images`;
    const rest = former === 0 ? "" : `, and ${images} that somebody reads or used of late`;
    return `what is left is above the limit: it is what channels have${rest}; slipway cache remove takes a channel out that nobody needs`;
  }
}

/**
 * When a former image was worth keeping last: used, or its channel's. What a channel gave up of late is what open pull requests
 * are based on, and is asked for sooner than what it gave up a month ago.
 */
async function lastUse(store: Store, image: CachedImage): Promise<number> {
  return Math.max((await lastUsed(store, image)) ?? 0, Date.parse(image.refreshed));
}
