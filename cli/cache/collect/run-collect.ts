import { BYTE_SIZE_EXAMPLES, formatBytes, parseByteSize } from "../../../rules/byte-size.ts";
import { DURATION_EXAMPLES, parseDuration } from "../../../rules/duration.ts";
import { ProblemsError, type Problem } from "../../../rules/problems.ts";
import type { CollectionLimit } from "../../../rules/cache-collection.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import { collectStore } from "./collect-store.ts";

/** Options of `slipway cache gc`. */
export interface CollectOptions {
  readonly store?: string;
  readonly maxBytes: string;
  readonly keep?: string;
  readonly json?: boolean;
}

/** Collects a store and says what went. */
export async function runCollect(options: CollectOptions): Promise<void> {
  const limit = limitOf(options);
  const { json = false } = options;
  const say = (line: string): void => {
    if (!json) console.error(line);
  };
  const folder = storeFolder(options.store);
  // Refused where there is none; then completed, and rid of what killed writers left.
  await Store.open(folder);
  const store = await Store.create(folder, { onWait: say });
  const { forgotten, leased, freedBytes, bytes, notes } = await collectStore(store, limit);
  if (json) {
    console.log(JSON.stringify({ forgotten, leased, freedBytes, bytes, notes }, undefined, 2));
    return;
  }
  for (const { label, descriptor } of forgotten) console.log(`gone: ${label}@${descriptor.digest}`);
  for (const { label, descriptor } of leased) {
    console.log(`stays, being read: ${label}@${descriptor.digest}`);
  }
  console.log(`freed ${formatBytes(freedBytes)}; the store takes ${formatBytes(bytes)}`);
  for (const note of notes) console.log(`note: ${note}`);
}

function limitOf({ maxBytes, keep }: CollectOptions): CollectionLimit {
  const problems: Problem[] = [];
  const bytes = parseByteSize(maxBytes);
  if (bytes === undefined) {
    const message = `${JSON.stringify(maxBytes)} is no size; write ${BYTE_SIZE_EXAMPLES}`;
    problems.push({ path: "--max-bytes", message });
  }
  const kept = keep === undefined ? 0 : parseDuration(keep);
  if (kept === undefined) {
    const message = `${JSON.stringify(keep)} is no duration; write ${DURATION_EXAMPLES}`;
    problems.push({ path: "--keep", message });
  }
  if (bytes === undefined || kept === undefined) {
    throw new ProblemsError("slipway cache gc", problems);
  }
  return { maxBytes: bytes, keptSince: keep === undefined ? Infinity : Date.now() - kept };
}
