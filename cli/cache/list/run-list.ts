import { ageText } from "../../../rules/age-text.ts";
import { formatBytes } from "../../../rules/byte-size.ts";
import { table } from "../../print/table.ts";
import { checkedChannel } from "../checked-channel.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { listStore, type ListedImage, type StoreList } from "./list-images.ts";

/** Options of `slipway cache ls`. */
export interface ListOptions {
  readonly store?: string;
  readonly channel?: string;
  readonly json?: boolean;
}

/** Prints what a store has. */
export async function runList({ store: option, channel, json }: ListOptions): Promise<void> {
  const store = await Store.open(storeFolder(option));
  const { images: all, ...space } = await listStore(store);
  const images = all.filter((image) => channel === undefined || image.channel === channel);
  // What a channel had is listed also when it has nothing any more.
  if (channel !== undefined && images.length === 0) await checkedChannel(store, channel);
  if (json === true) {
    console.log(JSON.stringify({ store: store.folder, ...space, images }, undefined, 2));
    return;
  }
  if (images.length === 0) {
    console.log(`${store.folder} has no images yet; slipway cache refresh brings them`);
  } else {
    const now = Date.now();
    const head = ["image", "channel", "digest", "age", "size", "shared", "last used"];
    console.log(table([head, ...images.map((image) => row(image, now))]));
  }
  console.log(spaceText(store.folder, space));
}

function spaceText(folder: string, space: Omit<StoreList, "images">): string {
  const { bytes, formerBytes, freeBytes } = space;
  return `${folder} takes ${formatBytes(bytes)}, ${formatBytes(formerBytes)} of it for former images alone; ${formatBytes(freeBytes)} are free on its disk`;
}

function row(image: ListedImage, now: number): readonly string[] {
  const { label, channel, isFormer, digest, added, lastUsed, size, shared, missing } = image;
  const whole = size === undefined ? "unreadable" : formatBytes(size);
  const lacks = missing.length === 0 || size === undefined ? "" : `, ${missing.length} missing`;
  return [
    ...[label, isFormer ? `${channel}, former` : channel, digest.slice(0, SHORT_DIGEST)],
    ...[ageText(Date.parse(added), now), `${whole}${lacks}`],
    ...[shared === undefined ? "" : formatBytes(shared)],
    lastUsed === undefined ? "-" : ageText(Date.parse(lastUsed), now),
  ];
}

/** `sha256:` and as many digits as other tools show. */
const SHORT_DIGEST = "sha256:".length + 12;
