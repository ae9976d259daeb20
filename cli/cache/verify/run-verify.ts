import { formatBytes } from "../../../rules/byte-size.ts";
import { table } from "../../print/table.ts";
import { checkedChannel } from "../checked-channel.ts";
import { chosenLabels } from "../options/image-option.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import type { StoreFinding } from "./finding.ts";
import { discardDamaged, verifyStore, type Verification } from "./verify-store.ts";

/** Options of `slipway cache verify`. */
export interface RunVerifyOptions {
  readonly store?: string;
  /** Percent. */
  readonly sample?: number;
  readonly channel?: string;
  readonly image?: readonly string[];
  readonly discardDamaged?: boolean;
  readonly json?: boolean;
}

const PROGRESS_EVERY = 5_000;
/** What mends a finding, by its kind. */
const REMEDIES: Readonly<Record<StoreFinding["kind"], string>> = {
  missing: "slipway cache refresh fetches it anew",
  short:
    "slipway cache verify --discard-damaged takes it away, and slipway cache refresh fetches it anew",
  damaged:
    "slipway cache verify --discard-damaged takes it away, and slipway cache refresh fetches it anew",
  mode: "chmod gives it the mode; slipway doctor --store says who could write",
  owner: "chown gives it to the store's user; slipway doctor --store says who could write",
  orphan: "slipway cache gc deletes it",
  strange: "remove it, and find out who put it there",
};

/** Verifies a store and says what was found. Returns 1 when something was. */
export async function runVerify(options: RunVerifyOptions): Promise<number> {
  const { channel, image, sample, json = false } = options;
  const store = await Store.open(storeFolder(options.store), {
    onWait: (line) => {
      if (!json) console.error(line);
    },
  });
  if (channel !== undefined) await checkedChannel(store, channel);
  const labels = image === undefined ? undefined : await labelsOf(store, image, channel);
  const verification = await verifyStore(store, {
    ...(channel !== undefined && { channel }),
    ...(labels !== undefined && { labels }),
    ...(sample !== undefined && { sample }),
    ...(!json && { onProgress: progress() }),
  });
  const { findings } = verification;
  if (!json) print(verification);
  let discarded: readonly StoreFinding[] = [];
  try {
    if (options.discardDamaged === true) discarded = await discardDamaged(store, findings);
  } finally {
    // What was found is told also where it cannot be taken away.
    if (json) console.log(JSON.stringify({ ...verification, discarded }, undefined, 2));
  }
  if (!json) printDiscarded(discarded);
  return findings.length === 0 ? 0 : 1;
}

async function labelsOf(
  store: Store,
  names: readonly string[],
  channel: string | undefined,
): Promise<readonly string[]> {
  const { listed, former } = await store.all();
  const images = channel === undefined ? [...listed, ...former] : await store.images(channel);
  return chosenLabels(
    names,
    images.map(({ label }) => label),
    store.folder,
  );
}

function print({ findings, images, blobs, readBlobs, readBytes, notes }: Verification): void {
  const rows = findings.map((finding) => {
    const { kind, path, images: users, message } = finding;
    return [kind, path, `${message}${users.length === 0 ? "" : ` (${users.join("; ")})`}`];
  });
  if (rows.length > 0) console.log(table(rows));
  for (const kind of new Set(findings.map((one) => one.kind))) {
    console.log(`${kind}: ${REMEDIES[kind]}`);
  }
  for (const note of notes) console.log(`note: ${note}`);
  const faults = findings.length === 1 ? "1 fault" : `${findings.length} faults`;
  console.log(
    `${images} images, ${blobs} blobs, ${readBlobs} of them read (${formatBytes(readBytes)}): ${findings.length === 0 ? "all whole" : faults}`,
  );
}

function printDiscarded(discarded: readonly StoreFinding[]): void {
  for (const { path } of discarded) {
    console.log(`taken away: ${path}; slipway cache refresh fetches it anew`);
  }
}

/** A line every few seconds, on the error output. */
function progress(): (read: number, all: number) => void {
  let last = Date.now();
  return (read, all) => {
    if (Date.now() - last < PROGRESS_EVERY) return;
    last = Date.now();
    console.error(`read ${formatBytes(read)} of ${formatBytes(all)}`);
  };
}
