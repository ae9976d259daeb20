import { checkedChannel } from "../checked-channel.ts";
import { imageJson } from "../images/image-json.ts";
import { chosenLabels } from "../options/image-option.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";

/** Options of `slipway cache remove`. */
export interface RemoveOptions {
  readonly store?: string;
  readonly image?: readonly string[];
  readonly json?: boolean;
}

/**
 * Takes a channel, or images of it, out of a store.
 * @throws UserError where it has no such channel, or the channel no such image: nothing is taken out then
 */
export async function runRemove(channel: string, options: RemoveOptions): Promise<void> {
  const { image, json = false } = options;
  const say = (line: string): void => {
    if (!json) console.error(line);
  };
  const store = await Store.open(storeFolder(options.store), { onWait: say });
  const removed = await store.writing(async () => {
    await checkedChannel(store, channel);
    const has = (await store.images(channel)).map(({ label }) => label);
    const where = `channel ${channel} of ${store.folder}`;
    const labels = image === undefined ? undefined : chosenLabels(image, has, where);
    return store.remove(channel, labels);
  });
  if (json) {
    const told = removed.map((one) => imageJson(one, true));
    console.log(JSON.stringify({ removed: told }, undefined, 2));
    return;
  }
  for (const { label, descriptor } of removed) {
    console.log(`removed: ${label}@${descriptor.digest}`);
  }
  console.log(`slipway cache gc --store ${store.folder} --max-bytes SIZE makes room`);
}
