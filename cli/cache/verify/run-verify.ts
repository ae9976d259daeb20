import { formatBytes } from "../../../rules/byte-size.ts";
import { ProblemsError } from "../../../rules/problems.ts";
import { suggestion } from "../../../rules/suggestion.ts";
import { table } from "../../print/table.ts";
import { checkedChannel } from "../checked-channel.ts";
import { storeFolder } from "../store-option.ts";
import { Store } from "../store/store.ts";
import type { StoreFinding } from "./finding.ts";
import { discardDamaged, verifyStore, type Verification } from "./verify-store.ts";

/** Options of `slipway cache verify`. */
export interface RunVerifyOptions {
  readonly store?: string;
  readonly sample?: string;
  readonly channel?: string;
  readonly image?: string;
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
  const { channel, image: label, json = false } = options;
  const sample = sampleOf(options.sample);
  const store = await Store.open(storeFolder(options.store), {
    onWait: (line) => {
      if (!json) console.error(line);
    },
  });
  if (channel !== undefined) await checkedChannel(store, channel);
  if (label !== undefined) await checkLabel(store, label);
  const verification = await verifyStore(store, {
    ...(channel !== undefined && { channel }),
    ...(label !== undefined && { label }),
    sample,
    ...(!json && { onProgress: progress() }),
  });
  const { findings } = verification;
  const discarded = options.discardDamaged === true ? await discardDamaged(store, findings) : [];
  if (json) console.log(JSON.stringify({ ...verification, discarded }, undefined, 2));
  else print(verification, discarded);
  return findings.length === 0 ? 0 : 1;
}

function print(
  { findings, images, blobs, readBlobs, readBytes }: Verification,
  discarded: readonly StoreFinding[],
): void {
  const rows = findings.map((finding) => {
    const { kind, path, images: users, message } = finding;
    return [kind, path, `${message}${users.length === 0 ? "" : ` (${users.join("; ")})`}`];
  });
  if (rows.length > 0) console.log(table(rows));
  for (const kind of new Set(findings.map((one) => one.kind))) {
    console.log(`${kind}: ${REMEDIES[kind]}`);
  }
  for (const { path } of discarded) {
    console.log(`taken away: ${path}; slipway cache refresh fetches it anew`);
  }
  const faults = findings.length === 1 ? "1 fault" : `${findings.length} faults`;
  console.log(
    `${images} images, ${blobs} blobs, ${readBlobs} of them read (${formatBytes(readBytes)}): ${findings.length === 0 ? "all whole" : faults}`,
  );
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

function sampleOf(text: string | undefined): number {
  if (text === undefined) return 100;
  const percent = /^[0-9]{1,3}(?:\.[0-9]{1,3})?$/.test(text) ? Number(text) : 0;
  if (percent > 0 && percent <= 100) return percent;
  throw new ProblemsError("slipway cache verify", [
    {
      path: "--sample",
      message: `${JSON.stringify(text)} is no part; write a percentage above 0 and at most 100, e.g. 5`,
    },
  ]);
}

async function checkLabel(store: Store, label: string): Promise<void> {
  const labels = new Set((await store.former()).map((image) => image.label));
  for (const channel of await store.channels()) {
    for (const image of await store.images(channel)) labels.add(image.label);
  }
  if (labels.has(label)) return;
  const has = [...labels].sort();
  throw new ProblemsError(store.folder, [
    {
      path: "--image",
      message: `there is no image ${JSON.stringify(label)}; there are ${has.join(", ") || "none"}${suggestion(label, has)}`,
    },
  ]);
}
