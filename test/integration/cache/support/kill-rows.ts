/* Runs that are killed at their steps and at any moment, under readers. */
import assert from "node:assert/strict";
import { readdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { CacheStep } from "../../../../cli/cache/store/steps.ts";
import { CacheBench, digestsOf, type Images } from "./cache-bench.ts";
import type { CacheRun } from "./cache-run.ts";
import type { Killing } from "./cache-worker-process.ts";
import { flippedContent } from "./content.ts";
import { type FaultRow, readersSaw } from "./fault-row.ts";
import { indexed, readImage } from "./store-image.ts";

/** What is under way when the kill comes. */
export const MIXES = [
  "first refresh",
  "refresh",
  "damaged layer",
  "remove",
  "gc",
  "export",
] as const;
export type Mix = (typeof MIXES)[number];

const DAY = 86_400_000;

/** A store with readers, in which every kind of run has something to do each time anew. */
export class KillBench {
  readonly bench: CacheBench;
  /** Where archives are exported to. */
  readonly target: string;

  private constructor(bench: CacheBench) {
    this.bench = bench;
    this.target = join(bench.folder, "target");
  }

  /** Two images on a channel, of which there were others before, archives of them, and readers of it all. */
  static async start(): Promise<KillBench> {
    const kills = new KillBench(await CacheBench.start());
    const { bench } = kills;
    await kills.#publish();
    await bench.healthy(bench.refreshing("main"));
    await bench.healthy(bench.exporting("main", kills.target));
    await bench.read([{ kind: "archive", files: await archives(kills.target) }]);
    return kills;
  }

  stop(): Promise<void> {
    return this.bench.stop();
  }

  /** The steps that a run of this kind comes by, each with the number of times. */
  async steps(mix: Mix): Promise<ReadonlyMap<CacheStep, number>> {
    const { run } = await this.#prepare(mix);
    const steps = await this.bench.healthy(run);
    await this.#restore(mix);
    const times = new Map<CacheStep, number>();
    for (const step of steps) times.set(step, (times.get(step) ?? 0) + 1);
    return times;
  }

  /** Milliseconds that a run of this kind takes. */
  async duration(mix: Mix): Promise<number> {
    const { run } = await this.#prepare(mix);
    const { took } = await this.bench.healthyProcess(run);
    await this.#restore(mix);
    return took;
  }

  /**
   * Kills a run, looks at what readers saw, and lets a healthy run go on from there.
   * @throws AssertionError when anything is lost
   */
  async row(mix: Mix, killing: Killing): Promise<Omit<FaultRow, "name">> {
    const { bench } = this;
    const { run, old } = await this.#prepare(mix);
    const ended = await bench.run(run, killing);
    if ("step" in killing) assert.equal(ended.signal, "SIGKILL", `not killed: ${ended.error}`);
    if (mix === "first refresh") {
      for (const digest of (await indexed(run.store, "main")).values()) {
        await readImage(run.store, digest);
      }
    }
    const { digests, rounds } = await bench.seen();
    const now = digestsOf(bench.published.get("main"));
    const readers = readersSaw(digests, old, now);

    await bench.healthy(run);
    await this.#restore(mix);
    await bench.clean();
    await bench.seen();
    const after = await bench.seen();
    assert.deepEqual(after.digests, now, "after a healthy run readers see the new images");
    assert.deepEqual(
      (await readdir(this.target)).sort(),
      ["a_main.tar", "b_main.tar"],
      "nothing is left beside the archives",
    );
    const end = ended.signal === null ? "was done before" : "killed";
    return { end, readers: mix === "first refresh" ? "" : readers, rounds };
  }

  /** What the run has to do, and what readers may still see. */
  async #prepare(mix: Mix): Promise<{ readonly run: CacheRun; readonly old: ReadonlySet<string> }> {
    const { bench } = this;
    const old = digestsOf(bench.published.get("main"));
    const run = await this.#toDo(mix);
    await bench.seen();
    return { run, old };
  }

  async #toDo(mix: Mix): Promise<CacheRun> {
    const { bench } = this;
    if (mix === "first refresh") {
      // Readers stay at the other store: who reads one that is not made yet finds none.
      return { ...bench.refreshing("main"), store: join(bench.folder, "first") };
    }
    if (mix === "remove") {
      await bench.publish("release/2.9", { a: await bench.newImage(100_000) });
      await bench.healthy(bench.refreshing("release/2.9"));
      return { action: "remove", store: bench.store, channel: "release/2.9" };
    }
    if (mix === "gc") await this.#leaveOver();
    await this.#publish();
    if (mix === "damaged layer") this.#damage();
    if (mix === "refresh" || mix === "damaged layer") return bench.refreshing("main");
    await bench.healthy(bench.refreshing("main"));
    return mix === "gc" ? bench.collecting() : bench.exporting("main", this.target);
  }

  async #restore(mix: Mix): Promise<void> {
    const { bench } = this;
    bench.ecr.reset();
    if (mix === "first refresh") {
      const first = join(bench.folder, "first");
      await bench.clean(first);
      await rm(first, { recursive: true });
      return;
    }
    // Archives follow what the channel has, so that their readers see the same images as the others.
    await bench.healthy(bench.exporting("main", this.target));
  }

  /** The first registry has another layer in the place of one that is new. */
  #damage(): void {
    const { bench } = this;
    const { layers = [], blobs } = bench.published.get("main")?.["a"] ?? {};
    const layer = layers[1]?.digest ?? "";
    const instead = flippedContent(blobs?.get(layer) ?? assert.fail("no layer"), 1234);
    bench.ecr.breaks = ({ url }) => (url.endsWith(layer) ? { instead } : undefined);
  }

  /** A run that was killed long ago, whose blob is of an image that nobody publishes any more. */
  async #leaveOver(): Promise<void> {
    const { bench } = this;
    const last = bench.published.get("main");
    await this.#publish();
    await bench.run(bench.refreshing("main"), { step: "segment-recorded", time: 1 });
    const partial = join(bench.store, "partial");
    const before = new Date(Date.now() - 2 * DAY);
    for (const name of await readdir(partial)) await utimes(join(partial, name), before, before);
    if (last !== undefined) await bench.publish("main", last);
  }

  async #publish(): Promise<void> {
    const { bench } = this;
    const images: Images = { a: await bench.newImage(), b: await bench.newImage(300_000) };
    await bench.publish("main", images);
  }
}

async function archives(folder: string): Promise<string[]> {
  return (await readdir(folder)).map((name) => join(folder, name));
}
