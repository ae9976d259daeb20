/*
 * A process that reads images over and over, every byte of them, while others write: started by readers.ts, with what it
 * reads as JSON in its argument. Of Slipway it uses the leases alone.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Store } from "../../../../cli/cache/store/store.ts";
import { archiveImage } from "./archive-image.ts";
import type { Reading, Report } from "./readers.ts";
import { indexed, readImage } from "./store-image.ts";

const reading = JSON.parse(process.argv[2] ?? "") as Reading;
const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

let faults: string[] = [];
let seen = new Set<string>();
let rounds = 0;
let mark: number | undefined;
process.on("message", (message: number) => (mark = message));
process.on("disconnect", () => process.exit());

for (;;) {
  const answered = mark;
  try {
    await (reading.kind === "archive" ? readArchives(reading.files) : readStore(reading));
  } catch (error) {
    faults.push((error as Error).stack ?? String(error));
  }
  rounds += 1;
  if (answered !== undefined && answered === mark) {
    mark = undefined;
    const report: Report = { mark: answered, rounds, seen: [...seen], faults };
    process.send?.(report);
    rounds = 0;
    seen = new Set();
    faults = [];
  }
  // Long enough that the runs whose images it reads get on, too.
  await sleep(20);
}

async function readStore(asked: Extract<Reading, { kind: "index" | "lease" }>): Promise<void> {
  for (const channel of asked.channels) {
    if (asked.kind === "index") await readIndex(asked.store, channel, asked.labels);
    else await readLeased(asked.store, channel, asked.labels);
  }
}

/**
 * As a program does that knows nothing of Slipway: an image that goes away under its hands must have been replaced.
 */
async function readIndex(store: string, channel: string, labels: readonly string[]): Promise<void> {
  for (const label of labels) {
    for (;;) {
      const digest = await digestOf(store, channel, label);
      try {
        await readImage(store, digest);
        seen.add(`${channel} ${label} ${digest}`);
        break;
      } catch (error) {
        if (!isGone(error) || (await digestOf(store, channel, label)) === digest) throw error;
      }
    }
  }
}

/** As `slipway cache load` does: what is leased stays, of a channel or of a former image. */
async function readLeased(
  folder: string,
  channel: string,
  labels: readonly string[],
): Promise<void> {
  const store = await Store.open(folder);
  for (const label of labels) {
    for (;;) {
      const image = (await store.images(channel)).find((one) => one.label === label);
      if (image === undefined) throw new Error(`${channel} has no ${label}`);
      const lease = await store.lease(image);
      if (lease === undefined) {
        const { digest } = image.descriptor;
        if ((await digestOf(folder, channel, label)) !== digest) continue;
        throw new Error(`${channel} has ${label}, which gives no lease`);
      }
      try {
        await readImage(folder, image.descriptor.digest);
      } finally {
        await lease.release();
      }
      seen.add(`${channel} ${label} ${image.descriptor.digest}`);
      break;
    }
  }
  const former = await store.former();
  const image = former[Math.floor(Math.random() * former.length)];
  if (image === undefined) return;
  const lease = await store.lease(image);
  if (lease === undefined) return;
  try {
    await readImage(folder, image.descriptor.digest);
  } finally {
    await lease.release();
  }
}

async function readArchives(files: readonly string[]): Promise<void> {
  for (const file of files) seen.add(`${file} ${await archiveImage(file)}`);
}

async function digestOf(store: string, channel: string, label: string): Promise<string> {
  const digest = (await indexed(store, channel)).get(label);
  if (digest === undefined) throw new Error(`${channel} has no ${label}`);
  return digest;
}
