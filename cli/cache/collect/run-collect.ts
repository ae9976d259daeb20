import { formatBytes } from "../../../rules/byte-size.ts";
import { imageJson } from "../images/image-json.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { collectStore } from "./collect-store.ts";

/** Options of `slipway cache gc`. */
export interface CollectOptions {
  readonly store?: string;
  /** No limit when undefined. */
  readonly maxBytes?: number;
  /** Milliseconds. */
  readonly keep?: number;
  readonly json?: boolean;
}

/** Collects a store and says what went. */
export async function runCollect(options: CollectOptions): Promise<void> {
  const { maxBytes = Infinity, keep, json = false } = options;
  const limit = { maxBytes, keptSince: keep === undefined ? Infinity : Date.now() - keep };
  const say = (line: string): void => {
    if (!json) console.error(line);
  };
  const folder = storeFolder(options.store);
  // Refused where there is none; then completed, and rid of what killed writers left.
  await Store.open(folder);
  const store = await Store.create(folder, { onWait: say });
  const { forgotten, leased, freedBytes, bytes, notes } = await collectStore(store, limit);
  if (json) {
    const told = {
      forgotten: forgotten.map((image) => imageJson(image, true)),
      leased: leased.map((image) => imageJson(image, true)),
      ...{ freedBytes, bytes, notes },
    };
    console.log(JSON.stringify(told, undefined, 2));
    return;
  }
  for (const { label, descriptor } of forgotten) console.log(`gone: ${label}@${descriptor.digest}`);
  for (const { label, descriptor } of leased) {
    console.log(`stays, being read: ${label}@${descriptor.digest}`);
  }
  console.log(`freed ${formatBytes(freedBytes)}; the store takes ${formatBytes(bytes)}`);
  for (const note of notes) console.log(`note: ${note}`);
}
