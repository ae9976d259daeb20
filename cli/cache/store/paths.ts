import { join } from "node:path";
import { DIGEST } from "../../../rules/image-reference.ts";
import { channelTag } from "../../../rules/names.ts";

/** The file that makes a folder a store. */
export const MARKER = "slipway-cache.json";
/** How names of files end that are written beside the one they replace. */
export const TEMPORARY = ".tmp";
/** How the record of what is finished is named after the blob under way. */
export const RECORD = ".segments";

/**
 * Where everything is in a store. A path holds nothing that was read from an index or a manifest but the hex digits of a digest,
 * the tag of a channel, and a label that keeps its grammar.
 */
export class StorePaths {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  get marker(): string {
    return join(this.folder, MARKER);
  }
  get blobs(): string {
    return join(this.folder, "blobs", "sha256");
  }
  get channels(): string {
    return join(this.folder, "channels");
  }
  get former(): string {
    return join(this.folder, "former");
  }
  get partials(): string {
    return join(this.folder, "partial");
  }
  get locks(): string {
    return join(this.folder, "locks");
  }

  blob(digest: string): string {
    return join(this.blobs, hexOf(digest));
  }
  /** A blob under way. */
  partial(digest: string): string {
    return join(this.partials, hexOf(digest));
  }
  /** What of a blob under way is finished. */
  record(digest: string): string {
    return join(this.partials, `${hexOf(digest)}${RECORD}`);
  }
  channel(channel: string): string {
    return join(this.channels, channelTag(channel));
  }
  storeLock(): string {
    return join(this.locks, "store.lock");
  }
  /** What a collection holds until it has the store's lock, so that no writer comes after it. */
  gateLock(): string {
    return join(this.locks, "gate.lock");
  }
  indexLock(): string {
    return join(this.locks, "index.lock");
  }
  /** Room for who makes room. */
  reserve(): string {
    return join(this.locks, "reserve");
  }
  channelLocks(channel: string): string {
    return join(this.locks, channelTag(channel));
  }
  /** @param label one that keeps its grammar, which has no "+" */
  imageLock(channel: string, label: string): string {
    return join(this.channelLocks(channel), `${label.replace("/", "+")}.lock`);
  }
}

function hexOf(digest: string): string {
  if (!DIGEST.test(digest)) throw new Error(`${JSON.stringify(digest)} is no digest`);
  return digest.slice("sha256:".length);
}
