/* Disks that are full, several, or give back what was never written to them. */
import assert from "node:assert/strict";
import { mkdir, open, readdir, readFile, rename, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { archiveImage } from "./archive-image.ts";
import { CacheBench, digestsOf } from "./cache-bench.ts";
import type { CacheRun } from "./cache-run.ts";
import { type FaultRow, type FaultTrial, readersSaw, shortly } from "./fault-row.ts";
import { blobFile } from "./store-image.ts";
import { Tmpfs, whyNoTmpfs } from "./tmpfs.ts";

type Row = Omit<FaultRow, "name">;

/** Room that is left when the disk fills up: from none, over an index's, to most of a layer's. */
export const ROOMS = [0, 4096, 20_000, 500_000, 1_000_000] as const;

/** Fills the store's disk up during a run. */
export async function fullDiskTrials(rooms: readonly number[] = ROOMS): Promise<FaultTrial[]> {
  const skip = await whyNoTmpfs();
  return rooms.flatMap((room) =>
    (["refresh", "gc", "export"] as const).map((during) => ({
      name: `disk full but for ${room} bytes, during ${during}`,
      ...(skip !== undefined && { skip }),
      run: async () =>
        inBench(async (bench) => {
          const disk = await Tmpfs.mount(join(bench.folder, "disk"), 24);
          try {
            return await fullDisk(bench, disk, during, room);
          } finally {
            await bench.stopReading();
            await disk.unmount();
          }
        }),
    })),
  );
}

async function fullDisk(
  bench: CacheBench,
  disk: Tmpfs,
  during: "refresh" | "gc" | "export",
  room: number,
): Promise<Row> {
  bench.store = join(disk.folder, "store");
  const target = join(disk.folder, "target");
  const archive = join(target, "a_main.tar");
  await bench.publish("main", { a: await bench.newImage() });
  await bench.healthy(bench.refreshing("main"));
  await bench.healthy(bench.exporting("main", target));
  await bench.read([{ kind: "archive", files: [archive] }]);
  const old = digestsOf(bench.published.get("main"));
  await bench.publish("main", { a: await bench.newImage() });
  const now = digestsOf(bench.published.get("main"));
  let run: CacheRun = bench.refreshing("main");
  if (during === "refresh") {
    // There is room when it starts: it is taken before the first blob comes.
    let filled: Promise<void> | undefined;
    bench.ecr.breaks = async (seen) => {
      if (seen.url.includes("/blobs/")) await (filled ??= disk.fill(room));
      return undefined;
    };
  } else {
    await bench.healthy(run);
    run = during === "gc" ? bench.collecting() : bench.exporting("main", target);
    await disk.fill(room);
  }
  const ended = await bench.run(run);
  // A collection needs room to write an index anew, and it is what makes room.
  if (during !== "gc") assert.ok(ended.error !== undefined, "there was room");
  const { digests, rounds } = await bench.seen();
  const readers = readersSaw(digests, old, now);

  bench.ecr.reset();
  await disk.clear();
  await bench.healthy(bench.refreshing("main"));
  await bench.healthy(run);
  await bench.healthy(bench.exporting("main", target));
  await bench.seen();
  assert.deepEqual((await bench.seen()).digests, now);
  assert.deepEqual(await readdir(target), ["a_main.tar"]);
  await bench.clean();
  return { end: ended.error === undefined ? "went on" : shortly(ended.error), readers, rounds };
}

/** The store on one file system and the archives on another: a rename does not lead across. */
export async function fileSystemTrials(): Promise<FaultTrial[]> {
  const skip = await whyNoTmpfs();
  return (["store", "archives"] as const).map((which) => ({
    name: `${which} on a second file system`,
    ...(skip !== undefined && { skip }),
    run: async () =>
      inBench(async (bench) => {
        const disk = await Tmpfs.mount(join(bench.folder, "disk"), 48);
        try {
          if (which === "store") bench.store = join(disk.folder, "store");
          const target = join(which === "store" ? bench.folder : disk.folder, "target");
          return await twoVersions(bench, target);
        } finally {
          await bench.stopReading();
          await disk.unmount();
        }
      }),
  }));
}

async function twoVersions(bench: CacheBench, target: string): Promise<Row> {
  await bench.publish("main", { a: await bench.newImage() });
  await bench.healthy(bench.refreshing("main"));
  await bench.healthy(bench.exporting("main", target));
  await bench.read([{ kind: "archive", files: [join(target, "a_main.tar")] }]);
  const old = digestsOf(bench.published.get("main"));
  await bench.publish("main", { a: await bench.newImage() });
  await bench.healthy(bench.refreshing("main"));
  await bench.healthy(bench.exporting("main", target));
  await bench.healthy(bench.collecting());
  const { digests, rounds } = await bench.seen();
  const readers = readersSaw(digests, old, digestsOf(bench.published.get("main")));
  assert.deepEqual((await bench.seen()).digests, digestsOf(bench.published.get("main")));
  await bench.clean();
  return { end: "done", readers, rounds };
}

/** What may happen to a file of a blob behind the store's back. */
const DAMAGES: Readonly<Record<string, (files: readonly [string, string]) => Promise<void>>> = {
  truncated: async ([file]) => truncate(file, 1000),
  "cut to nothing": async ([file]) => truncate(file, 0),
  removed: async ([file]) => rm(file),
  "with a bit flipped": async ([file]) => {
    const handle = await open(file, "r+");
    try {
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, 123_456);
      await handle.write(Buffer.from([buffer[0]! ^ 1]), 0, 1, 123_456);
    } finally {
      await handle.close();
    }
  },
  "swapped with another": async ([file, other]) => {
    await rename(file, `${file}.aside`);
    await rename(other, file);
    await rename(`${file}.aside`, other);
  },
};

/** Damages blobs on the disk: no archive is made of them, verify names them, and a refresh brings them anew. */
export function damageTrials(): FaultTrial[] {
  return Object.entries(DAMAGES).map(([name, damage]) => ({
    name: `a blob on the disk ${name}`,
    run: async () =>
      inBench(async (bench) => {
        const target = join(bench.folder, "target");
        await mkdir(target);
        const archive = join(target, "a_main.tar");
        const [first, second] = [await bench.newImage(), await bench.newImage()];
        await bench.publish("main", { a: first });
        await bench.healthy(bench.refreshing("main"));
        await bench.healthy(bench.exporting("main", target));
        const before = await readFile(archive);
        await bench.publish("main", { a: second });
        await bench.healthy(bench.refreshing("main"));
        // Of one size, so that only their bytes tell.
        const own = second.layers[1]!.digest;
        const other = first.layers[1]!.digest;
        await damage([blobFile(bench.store, own), blobFile(bench.store, other)]);

        const exported = await bench.run(bench.exporting("main", target));
        assert.ok(exported.error !== undefined, "an archive was made of a damaged blob");
        assert.ok(before.equals(await readFile(archive)), "the archive is another");
        assert.equal(await archiveImage(archive), first.manifest.digest);
        const found = await bench.run({ action: "verify", store: bench.store });
        assert.ok(found.error?.includes(own.slice("sha256:".length)), `verify says ${found.error}`);
        await bench.healthy(bench.refreshing("main"));
        await bench.healthy(bench.collecting());
        await bench.clean();
        await bench.healthy(bench.exporting("main", target));
        assert.equal(await archiveImage(archive), second.manifest.digest);
        assert.deepEqual(await readdir(target), ["a_main.tar"]);
        return { end: shortly(exported.error), readers: "", rounds: 0 };
      }),
  }));
}

async function inBench(work: (bench: CacheBench) => Promise<Row>): Promise<Row> {
  const bench = await CacheBench.start();
  try {
    return await work(bench);
  } finally {
    await bench.stop();
  }
}
