import { formatBytes } from "../../../rules/byte-size.ts";
import { table } from "../../print/table.ts";
import { checkedChannel } from "../checked-channel.ts";
import { chosenLabels } from "../options/image-option.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import type { StoreFinding } from "./finding.ts";
import { discardDamaged, isDiscarded, verifyStore, type Verification } from "./verify-store.ts";

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
/** How many of the images that have a blob are named in a line. */
const MOST_USERS = 3;
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
  if (!json) print(verification, options);
  let discarded: readonly StoreFinding[] = [];
  try {
    if (options.discardDamaged === true) discarded = await discardDamaged(store, findings);
  } finally {
    // What was found is told also where it cannot be taken away.
    if (json) console.log(JSON.stringify({ ...verification, discarded }, undefined, 2));
  }
  if (!json && options.discardDamaged === true) printDiscarded(findings, discarded);
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

function print(
  { findings, images, blobs, readBlobs, readBytes, notes }: Verification,
  { discardDamaged: isDiscarding = false }: RunVerifyOptions,
): void {
  const rows = findings.map((finding) => {
    const { kind, path, images: users, message } = finding;
    return [kind, path, `${message}${usersText(users)}`];
  });
  if (rows.length > 0) console.log(table(rows));
  for (const kind of new Set(findings.map((one) => one.kind))) {
    // What becomes of these is told when they are taken away.
    if (isDiscarding && isDiscarded(kind)) continue;
    console.log(`${kind}: ${REMEDIES[kind]}`);
  }
  for (const note of notes) console.log(`note: ${note}`);
  const faults = findings.length === 1 ? "1 fault" : `${findings.length} faults`;
  console.log(
    `${images} images, ${blobs} blobs, ${readBlobs} of them read (${formatBytes(readBytes)}): ${findings.length === 0 ? "all whole" : faults}`,
  );
}

/** The first of the images that have a blob: one that many share is in most of them. */
function usersText(users: readonly string[]): string {
  if (users.length === 0) return "";
  const more = users.length > MOST_USERS ? `, and ${users.length - MOST_USERS} more` : "";
  return ` (${users.slice(0, MOST_USERS).join("; ")}${more})`;
}

function printDiscarded(
  findings: readonly StoreFinding[],
  discarded: readonly StoreFinding[],
): void {
  for (const finding of findings) {
    if (discarded.includes(finding)) {
      console.log(`taken away: ${finding.path}; slipway cache refresh fetches it anew`);
    } else if (isDiscarded(finding.kind)) {
      console.log(`left: ${finding.path}; its bytes are those of its digest`);
    }
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
