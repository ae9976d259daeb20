/* Many runs at once, and images of any size. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { archiveImage } from "./archive-image.ts";
import { CacheBench, digestsOf } from "./cache-bench.ts";
import { sparseContent } from "./content.ts";
import { type FaultTrial, readersSaw } from "./fault-row.ts";
import { sampleImage } from "./sample-images.ts";

const MEGABYTE = 1024 * 1024;
/** Most that a process may have resident, whatever the image's size; bytes. */
const MEMORY_LIMIT = 150 * MEGABYTE;

/** Two channels, two writers of each, and a collection, all at once. */
export function writersTrial(): FaultTrial {
  return {
    name: "two channels and four writers at once, with gc",
    run: async () => {
      const bench = await CacheBench.start();
      try {
        const channels = ["main", "release/2.10"] as const;
        for (const channel of channels) {
          await bench.publish(channel, { a: await bench.newImage(), b: await bench.newImage() });
          await bench.healthy(bench.refreshing(channel));
        }
        await bench.read();
        const old = digestsOf(...channels.map((channel) => bench.published.get(channel)));
        const shared = await bench.newImage();
        for (const channel of channels) {
          await bench.publish(channel, { a: shared, b: await bench.newImage() });
        }
        const now = digestsOf(...channels.map((channel) => bench.published.get(channel)));
        for (const registry of bench.registries) registry.reset();
        const runs = [...channels, ...channels].map((channel) => bench.refreshing(channel));
        await Promise.all([...runs, bench.collecting()].map((run) => bench.healthyProcess(run)));
        const sent = bench.registries.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
        const { digests, rounds } = await bench.seen();
        const readers = readersSaw(digests, old, now);
        assert.deepEqual((await bench.seen()).digests, now);
        const images = [shared, ...channels.map((channel) => bench.published.get(channel)!["b"]!)];
        const wanted = images.flatMap(({ layers, config }) => [config, ...layers.slice(1)]);
        const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
        assert.equal(sent, bytes, "each new blob was fetched once by all of them together");
        await bench.healthy(bench.collecting());
        await bench.clean();
        return { end: "done", readers, rounds };
      } finally {
        await bench.stop();
      }
    },
  };
}

/** A layer that is killed in its middle several times, whose next run fetches only what is not there. */
export function resumeTrial(megabytes = 160): FaultTrial {
  return {
    name: `a layer of ${megabytes} MB, killed in the middle and gone on with`,
    run: async () => {
      const bench = await CacheBench.start();
      try {
        const content = sparseContent(megabytes * MEGABYTE);
        await bench.publish("main", { a: await sampleImage([content]) });
        const run = bench.refreshing("main");
        for (const time of [1, 1]) {
          const ended = await bench.run(run, { step: "segment-recorded", time });
          assert.equal(ended.signal, "SIGKILL");
        }
        for (const registry of bench.registries) registry.reset();
        await bench.healthy(run);
        const sent = bench.registries.reduce((sum, { sentBytes }) => sum + sentBytes, 0);
        assert.ok(sent < content.size, `${sent} bytes were fetched of ${content.size}`);
        await bench.clean();
        return {
          end: `${Math.round((100 * sent) / content.size)} % fetched anew`,
          readers: "",
          rounds: 0,
        };
      } finally {
        await bench.stop();
      }
    },
  };
}

/** An image with a layer larger than what the runs may have in memory. */
export function memoryTrial(megabytes: number): FaultTrial {
  return {
    name: `a layer of ${megabytes} MB, in at most ${MEMORY_LIMIT / MEGABYTE} MB of memory`,
    run: async () => {
      const bench = await CacheBench.start();
      try {
        const content = sparseContent(megabytes * MEGABYTE);
        const image = await sampleImage([content]);
        // Compiles what is compiled once on a machine.
        await bench.publish("main", { a: await bench.newImage() });
        await bench.healthyProcess(bench.refreshing("main"));
        await bench.publish("main", { a: image });
        const target = join(bench.folder, "target");
        const peaks: string[] = [];
        for (const run of [
          bench.refreshing("main"),
          { action: "verify", store: bench.store } as const,
          bench.exporting("main", target),
        ]) {
          const { peakMemory = Infinity } = await bench.healthyProcess(run);
          const peak = Math.round(peakMemory / MEGABYTE);
          assert.ok(peakMemory <= MEMORY_LIMIT, `${run.action} took ${peak} MB of memory`);
          peaks.push(`${run.action} ${peak} MB`);
        }
        assert.equal(await archiveImage(join(target, "a_main.tar")), image.manifest.digest);
        return { end: peaks.join(", "), readers: "", rounds: 0 };
      } finally {
        await bench.stop();
      }
    },
  };
}
