import {
  servedRepository,
  type AskedRepository,
  type ServedRepository,
} from "../../../rules/cache-repository.ts";
import { isImage, isIndex, type Descriptor } from "../../../oci/media-types.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import { keptBlobs } from "../kept-blobs.ts";
import type { Lease } from "../store/lease.ts";
import type { StoredImages } from "../store/image-indexes.ts";
import type { Store } from "../store/store.ts";

/** How long an image is kept from collections after its last request: between two of a pull. Milliseconds. */
const LEASE_AFTER = 600_000;

type Blobs = ReadonlyMap<string, Descriptor>;

/** An image that clients may be pulling. */
interface Held {
  readonly lease: Lease;
  requests: number;
  timer?: NodeJS.Timeout;
}

/** A piece of content that a request is answered with; `done` is called when that is over. */
interface ServedContent {
  readonly descriptor: Descriptor;
  done(): void;
}

/** The images of a store as a server of them knows them: each is leased while it is pulled. */
export class KeptImages {
  readonly #store: Store;
  readonly #held = new Map<string, Promise<Held | undefined>>();
  readonly #blobs = new Map<string, Promise<Blobs | undefined>>();
  #listing: Promise<StoredImages> | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** A repository as the store has it now. */
  async repository(asked: AskedRepository): Promise<ServedRepository<CachedImage> | undefined> {
    // Requests of the same moment share one look at the indexes.
    this.#listing ??= this.#read().finally(() => (this.#listing = undefined));
    const { listed, former } = await this.#listing;
    return servedRepository(asked, listed, former);
  }

  /** A manifest by digest or content name: of an image, or of a platform of one. */
  async manifest(
    { images, tags }: ServedRepository<CachedImage>,
    reference: string,
  ): Promise<ServedContent | undefined> {
    const tagged = contentNames(tags).get(reference);
    if (tagged !== undefined) return this.#content([tagged], tagged.descriptor.digest);
    const image = images.find(({ descriptor }) => descriptor.digest === reference);
    const content = await this.#content(image === undefined ? images : [image], reference);
    if (content === undefined || isManifest(content.descriptor.mediaType)) return content;
    content.done();
    return undefined;
  }

  /** Any content of a repository's images by digest. */
  async blob(
    { images }: ServedRepository<CachedImage>,
    digest: string,
  ): Promise<ServedContent | undefined> {
    return this.#content(images, digest);
  }

  /** Lets go of all images. */
  async release(): Promise<void> {
    for (const held of this.#held.values()) {
      const image = await held;
      clearTimeout(image?.timer);
      await image?.lease.release();
    }
    this.#held.clear();
  }

  async #read(): Promise<StoredImages> {
    const images = await this.#store.all();
    const there = new Set(
      [...images.listed, ...images.former].map(({ descriptor }) => descriptor.digest),
    );
    for (const digest of this.#blobs.keys()) if (!there.has(digest)) this.#blobs.delete(digest);
    return images;
  }

  /** Content of the first image that has it; those that are being pulled first. */
  async #content(
    images: readonly CachedImage[],
    digest: string,
  ): Promise<ServedContent | undefined> {
    const isHeld = (image: CachedImage): number =>
      this.#held.has(image.descriptor.digest) ? 0 : 1;
    for (const image of [...images].sort((a, b) => isHeld(a) - isHeld(b))) {
      const descriptor = (await this.#blobsOf(image))?.get(digest);
      const held = descriptor === undefined ? undefined : await this.#hold(image);
      if (descriptor === undefined || held === undefined) continue;
      held.requests += 1;
      clearTimeout(held.timer);
      return { descriptor, done: () => this.#done(image.descriptor.digest, held) };
    }
    return undefined;
  }

  /** What an image consists of; undefined where that cannot be told, and its registry is to be asked. */
  #blobsOf(image: CachedImage): Promise<Blobs | undefined> {
    const { digest } = image.descriptor;
    const known = this.#blobs.get(digest);
    if (known !== undefined) return known;
    const blobs = keptBlobs(this.#store, image).then(
      (all) => new Map(all.map((blob) => [blob.digest, blob])),
      (error: unknown) => {
        this.#blobs.delete(digest);
        if (error instanceof UserError) return undefined;
        throw error;
      },
    );
    this.#blobs.set(digest, blobs);
    return blobs;
  }

  #hold(image: CachedImage): Promise<Held | undefined> {
    const { digest } = image.descriptor;
    const known = this.#held.get(digest);
    if (known !== undefined) return known;
    const held = this.#store.lease(image).then(
      (lease) => {
        // Gone meanwhile: the next request looks anew.
        if (lease === undefined) this.#held.delete(digest);
        return lease === undefined ? undefined : { lease, requests: 0 };
      },
      (error: unknown) => {
        this.#held.delete(digest);
        throw error;
      },
    );
    this.#held.set(digest, held);
    return held;
  }

  #done(digest: string, held: Held): void {
    held.requests -= 1;
    if (held.requests === 0) this.#release(digest, held);
  }

  #release(digest: string, held: Held): void {
    held.timer = setTimeout(() => {
      this.#held.delete(digest);
      void held.lease.release();
    }, LEASE_AFTER);
    held.timer.unref();
  }
}

/** The tags that never move. What another one means, its registry knows by now: a client asks there after a 404. */
export function contentNames(
  tags: ServedRepository<CachedImage>["tags"],
): ReadonlyMap<string, CachedImage> {
  return new Map([...tags].filter(([tag, { contentName }]) => tag === contentName));
}

function isManifest(mediaType: string): boolean {
  return isIndex(mediaType) || isImage(mediaType);
}
