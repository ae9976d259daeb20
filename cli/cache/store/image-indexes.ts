import { join } from "node:path";
import { channelTag, isChannel } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import { imageKey, type CachedImage } from "../cached-image.ts";
import { inChannelOrder } from "./channel-order.ts";
import { isFull } from "./disk-faults.ts";
import { isFolder } from "./folders.ts";
import { lockFile } from "./kernel-lock.ts";
import { IndexReader } from "./index-reader.ts";
import { layoutIndexText } from "./layout-index.ts";
import { makeLayout, removeLayout } from "./layout.ts";
import type { StorePaths } from "./paths.ts";
import { replaceFile } from "./replace-file.ts";
import { keepReserve, releaseReserve } from "./space-reserve.ts";
import type { OnStep } from "./steps.ts";
import { channelFolders } from "./store-folder.ts";

type Channels = ReadonlyMap<string, readonly CachedImage[]>;

/** All images of a store. */
export interface StoredImages {
  /** The channels', in the order of channels. */
  readonly listed: readonly CachedImage[];
  /** What channels had before, and no channel has now. */
  readonly former: readonly CachedImage[];
}

/**
 * The indexes of a store: one for each channel, and that of former images. An image goes into the former ones before its channel
 * lets it go, and out of them after a channel has it, so that whoever reads channels first finds every image in one or the other.
 */
export class ImageIndexes {
  readonly #paths: StorePaths;
  readonly #onStep: OnStep;
  readonly #onWait: (line: string) => void;
  readonly #reader = new IndexReader();

  constructor(paths: StorePaths, onStep: OnStep, onWait: (line: string) => void) {
    this.#paths = paths;
    this.#onStep = onStep;
    this.#onWait = onWait;
  }

  /** Every channel's images, in the order of channels. */
  async channels(): Promise<Channels> {
    const found = new Map<string, readonly CachedImage[]>();
    for (const folder of await channelFolders(this.#paths)) {
      const index = await this.#channelIn(folder);
      if (index !== undefined) found.set(index.channel, index.images);
    }
    return new Map(inChannelOrder([...found.keys()]).map((name) => [name, found.get(name) ?? []]));
  }

  async images(channel: string): Promise<readonly CachedImage[]> {
    if (!isChannel(channel)) return [];
    return (await this.#channelIn(this.#paths.channel(channel)))?.images ?? [];
  }

  async former(): Promise<readonly CachedImage[]> {
    return (await this.#reader.read(this.#paths.former, "former"))?.images ?? [];
  }

  async all(): Promise<StoredImages> {
    const listed = [...(await this.channels()).values()].flat();
    // After the channels: an image that one loses meanwhile is there by then; and what moves at this moment is in both.
    const keys = new Set(listed.map(imageKey));
    const former = (await this.former()).filter((image) => !keys.has(imageKey(image)));
    return { listed, former };
  }

  /** Makes an image its channel's. */
  async put(image: CachedImage): Promise<void> {
    await this.#changing(async () => {
      const { channel, label } = image;
      const channels = await this.channels();
      const before = channels.get(channel) ?? [];
      const others = before.filter((other) => other.label !== label);
      const after = [...others, image].sort((a, b) => (a.label < b.label ? -1 : 1));
      await makeLayout(this.#paths.channel(channel), this.#paths.folder, this.#onStep);
      await this.#move(channels, channel, after);
    });
  }

  /** @returns those of the labels (undefined: all) that the channel had */
  async remove(
    channel: string,
    labels: readonly string[] | undefined,
  ): Promise<readonly CachedImage[]> {
    return this.#changing(async () => {
      const channels = await this.channels();
      const before = channels.get(channel) ?? [];
      const gone = before.filter(({ label }) => labels === undefined || labels.includes(label));
      const after = before.filter((image) => !gone.includes(image));
      if (gone.length > 0) await this.#move(channels, channel, after);
      return gone;
    });
  }

  /** Takes an image out of the former ones. */
  async forget(image: CachedImage): Promise<void> {
    await this.#changing(async () => {
      const former = await this.former();
      await this.#writeFormer(
        former,
        former.filter((other) => !isSame(other, image)),
      );
    });
  }

  /** Whether an index lists an image's content. */
  async lists({ channel, descriptor }: CachedImage): Promise<boolean> {
    const has = (images: readonly CachedImage[]) =>
      images.some((image) => image.descriptor.digest === descriptor.digest);
    // Channels after the former images, since what was a former one at first may be a channel's by now.
    return (
      has(await this.images(channel)) ||
      has(await this.former()) ||
      [...(await this.channels()).values()].some(has)
    );
  }

  async #channelIn(
    folder: string,
  ): Promise<{ readonly channel: string; readonly images: readonly CachedImage[] } | undefined> {
    if (!(await isFolder(folder))) return undefined;
    const index = await this.#reader.read(folder, "channel");
    if (index?.channel === undefined) return undefined;
    const { channel, images } = index;
    if (this.#paths.channel(channel) === folder) return { channel, images };
    throw new UserError(
      `${folder} holds the index of ${channel}, whose folder is ${channelTag(channel)}; remove it and refresh the store`,
    );
  }

  /** Changes a channel's index between the two changes of the former images' that keep every image to be found. */
  async #move(channels: Channels, channel: string, after: readonly CachedImage[]): Promise<void> {
    const before = channels.get(channel) ?? [];
    const next = new Map([...channels, [channel, after]]);
    const isKept = (image: CachedImage) =>
      [...next.values()].flat().some((other) => isSame(other, image));
    const former = await this.former();
    const gone = before.filter((image) => !isKept(image));
    const both = [
      ...former.filter((image) => !gone.some((other) => isSame(other, image))),
      ...gone,
    ];
    await this.#writeFormer(former, both);
    const folder = this.#paths.channel(channel);
    if (after.length === 0) await removeLayout(folder, this.#onStep);
    else {
      const text = layoutIndexText({ channel, images: after });
      await this.#replace(join(folder, "index.json"), text, "index");
    }
    await this.#writeFormer(
      both,
      both.filter((image) => !isKept(image)),
    );
  }

  async #writeFormer(before: readonly CachedImage[], after: readonly CachedImage[]): Promise<void> {
    const text = formerText(after);
    if (text === formerText(before)) return;
    await this.#replace(join(this.#paths.former, "index.json"), text, "former");
  }

  /** On a full disk too, as long as there is the reserve. */
  async #replace(path: string, text: string, kind: "former" | "index"): Promise<void> {
    try {
      await replaceFile(path, text, kind, this.#onStep);
    } catch (error) {
      if (!isFull(error) || !(await releaseReserve(this.#paths.reserve()))) throw error;
      await replaceFile(path, text, kind, this.#onStep);
    }
  }

  async #changing<T>(work: () => Promise<T>): Promise<T> {
    const lock = await lockFile(this.#paths.indexLock(), {
      onWait: (holder) => this.#onWait(`waiting for ${holder} to move an index`),
    });
    try {
      const done = await work();
      await keepReserve(this.#paths.reserve());
      return done;
    } finally {
      await lock.release();
    }
  }
}

function formerText(images: readonly CachedImage[]): string {
  return layoutIndexText({
    images: [...images].sort((a, b) => (imageKey(a) < imageKey(b) ? -1 : 1)),
  });
}

function isSame(a: CachedImage, b: CachedImage): boolean {
  return imageKey(a) === imageKey(b);
}
