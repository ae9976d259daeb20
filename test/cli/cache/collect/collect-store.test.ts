/* What a collection of a store deletes, beside readers and writers in other processes, and when it is killed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa, type ResultPromise } from "execa";
import { collectStore } from "../../../../cli/cache/collect/collect-store.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { verifyStore } from "../../../../cli/cache/verify/verify-store.ts";
import { putSample, sampleImage, type SampleImageArgs } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";
import { readWhole } from "../store/support/whole-store.ts";

const ALL = { maxBytes: 0, keptSince: Infinity };
const DAY = 86_400_000;

async function withStore<T>(work: (store: Store, folder: string) => Promise<T>): Promise<T> {
  return inTemporaryFolder(async (parent) => {
    const folder = join(parent, "store");
    return work(await Store.create(folder), folder);
  });
}

/** Puts images of one label after another: all but the last are former ones then. */
async function putVersions(store: Store, versions: readonly SampleImageArgs[]): Promise<void> {
  for (const version of versions) await putSample(store, sampleImage(version));
}

/** What may stand where a manifest was. */
const SPOILED: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "not there": (path) => rm(path),
  "cut off": (path) => truncate(path, 10),
  // Read as a whole it would be more than a process can have in one piece.
  "3 GiB long": (path) => truncate(path, 3 * 1024 ** 3),
  "a pipe": async (path) => {
    await rm(path);
    await execa("mkfifo", [path]);
  },
};

async function blobCount(folder: string): Promise<number> {
  return (await readdir(join(folder, "blobs/sha256"))).length;
}

async function used(store: Store, layer: string, when: number): Promise<void> {
  const image = (await store.former()).find(({ descriptor }) => {
    return descriptor.digest === sampleImage({ layers: ["base", layer] }).image.descriptor.digest;
  });
  assert.ok(image !== undefined);
  await utimes(store.blobPath(image.descriptor.digest), new Date(when), new Date(0));
}

/** Starts a process that holds something; resolves when it does. */
async function holding(what: string, folder: string): Promise<{ readonly child: ResultPromise }> {
  const script = join(import.meta.dirname, "support/holding-process.ts");
  const child = execa(process.execPath, [script, what, folder], { stdin: "pipe" });
  assert.match(String(await once(child.stdout, "data")), /^holding/);
  return { child };
}

describe("a collection", () => {
  it("deletes former images and what they alone have, and nothing of channels", async () => {
    await withStore(async (store, folder) => {
      await putVersions(store, [{ layers: ["base", "old"] }, { layers: ["base", "new"] }]);
      await putVersions(store, [{ channel: "release/2.10", layers: ["base", "old"] }]);
      await putVersions(store, [{ channel: "release/2.10", layers: ["base", "release"] }]);
      assert.equal(await blobCount(folder), 4 + 3 * 2);
      const collection = await collectStore(store, ALL);
      assert.deepEqual(
        collection.forgotten.map(({ label }) => label),
        ["ci-image/cuda12.8"],
      );
      assert.equal(await blobCount(folder), 3 + 2 * 2);
      assert.equal((await readWhole(store)).length, 2);
      const sizes = await Promise.all(
        (await readdir(join(folder, "blobs/sha256"))).map(async (name) =>
          stat(join(folder, "blobs/sha256", name)).then(({ size }) => size),
        ),
      );
      const left = sizes.reduce((sum, size) => sum + size, 0);
      assert.equal(collection.bytes, left);
      assert.ok(collection.freedBytes > 1000);
      assert.match(
        collection.notes.join(),
        /^what is left is above the limit: it is what channels have; /,
      );
      // Once more, and nothing is left to do.
      const again = await collectStore(store, ALL);
      assert.deepEqual([again.forgotten, again.freedBytes], [[], 0]);
    });
  });

  it("takes the least recently used first until the limit holds, by the manifest's time of access", async () => {
    await withStore(async (store) => {
      const layers = ["one", "two", "three", "now"];
      const refreshed = "2020-01-01T00:00:00.000Z";
      await putVersions(
        store,
        layers.map((layer) => ({ layers: ["base", layer], refreshed })),
      );
      const now = Date.now();
      await used(store, "one", now - DAY);
      await used(store, "two", now - 3 * DAY);
      await used(store, "three", now - 2 * DAY);
      const { bytes } = await collectStore(store, { maxBytes: 1e9, keptSince: Infinity });
      const one = await collectStore(store, { maxBytes: bytes - 1, keptSince: Infinity });
      assert.equal(one.forgotten.length, 1);
      assert.deepEqual(one.notes, []);
      // Two is gone; three is next, unless it was used since.
      const none = await collectStore(store, { maxBytes: 0, keptSince: now - 4 * DAY });
      assert.equal(none.forgotten.length, 0);
      assert.match(none.notes.join(), /and 2 former images that somebody reads or used of late/);
      const three = await collectStore(store, { maxBytes: 0, keptSince: now - 1.5 * DAY });
      assert.equal(three.forgotten.length, 1);
      const [left] = await store.former();
      const digest = sampleImage({ layers: ["base", "one"] }).image.descriptor.digest;
      assert.equal(left?.descriptor.digest, digest);
    });
  });

  it("does not take its own look for a use", async () => {
    await withStore(async (store) => {
      await putVersions(store, [{ layers: ["base", "old"] }, { layers: ["base", "new"] }]);
      const before = Date.parse("2026-11-20T09:00:00Z");
      await used(store, "old", before);
      await collectStore(store, { maxBytes: 1e9, keptSince: Infinity });
      const [former] = await store.former();
      const { atimeMs } = await stat(store.blobPath(former!.descriptor.digest));
      assert.equal(atimeMs, before);
    });
  });

  it("leaves an image that another process reads, whole, and takes it when that is done", async () => {
    await withStore(async (store, folder) => {
      await putVersions(store, [{ layers: ["base", "old"] }, { layers: ["base", "new"] }]);
      const { child: reader } = await holding("reading", folder);
      const during = await collectStore(store, ALL);
      assert.deepEqual([during.forgotten.length, during.leased.length], [0, 1]);
      reader.stdin!.end();
      assert.match(String((await reader).stdout), /read it whole/);
      const after = await collectStore(store, ALL);
      assert.deepEqual([after.forgotten.length, after.leased.length], [1, 0]);
      assert.equal(await blobCount(folder), 4);
    });
  });

  it("is not kept from an image by a reader that was killed", async () => {
    await withStore(async (store, folder) => {
      await putVersions(store, [{ layers: ["base", "old"] }, { layers: ["base", "new"] }]);
      const { child: reader } = await holding("reading", folder);
      reader.kill("SIGKILL");
      await reader.catch(() => undefined);
      assert.equal((await collectStore(store, ALL)).forgotten.length, 1);
    });
  });

  it("waits for a writer, and says for whom", async () => {
    await withStore(async (_store, folder) => {
      const { child: writer } = await holding("writing", folder);
      let waited = "";
      const store = await Store.open(folder, {
        onWait: (line) => {
          waited += line;
          writer.stdin!.end();
        },
      });
      await collectStore(store, ALL);
      assert.match(waited, new RegExp(`waiting for process ${writer.pid} `));
      await writer;
    });
  });

  it("deletes blobs of no image, and gives up blobs under way after a day, or for want of room", async () => {
    await withStore(async (store, folder) => {
      await putVersions(store, [{}]);
      const hex = (digit: string): string => digit.repeat(64);
      await writeFile(join(folder, "blobs/sha256", hex("1")), "orphan");
      const old = new Date(Date.now() - 2 * DAY);
      for (const [digit, when] of [
        ["2", old],
        ["3", new Date()],
      ] as const) {
        const path = join(folder, "partial", hex(digit));
        await writeFile(path, "under way");
        await utimes(path, when, when);
      }
      await collectStore(store, { maxBytes: 1e9, keptSince: Infinity });
      assert.equal(await blobCount(folder), 4);
      assert.deepEqual(await readdir(join(folder, "partial")), [hex("3")]);
      await collectStore(store, ALL);
      assert.deepEqual(await readdir(join(folder, "partial")), []);
    });
  });

  it("deletes neither image nor blob while a manifest of a channel cannot be read, and says so", async () => {
    await withStore(async (store, folder) => {
      const versions = ["one", "two", "three", "now"];
      await putVersions(
        store,
        versions.map((layer) => ({ layers: ["base", layer] })),
      );
      const [image] = await store.images("main");
      const manifest = store.blobPath(image!.descriptor.digest);
      const whole = await readFile(manifest);
      await truncate(manifest, 10);
      const before = await blobCount(folder);
      const { notes, forgotten } = await collectStore(store, ALL);
      assert.equal(await blobCount(folder), before);
      assert.deepEqual(forgotten, []);
      assert.equal((await store.former()).length, 3);
      assert.equal(notes.length, 1);
      assert.match(
        notes[0]!,
        /^channel main: ci-image\/cuda12\.8: its manifest sha256:\w+ is damaged, .*; until then no other image and no blob is deleted$/,
      );
      await writeFile(manifest, whole);
      assert.equal((await collectStore(store, ALL)).forgotten.length, 3);
      assert.equal(await blobCount(folder), 4);
    });
  });

  for (const [name, spoil] of Object.entries(SPOILED)) {
    it(`takes a former image that nobody can load, and goes on: its manifest is ${name}`, async () => {
      await withStore(async (store, folder) => {
        await putVersions(store, [{ layers: ["base", "old"] }, { layers: ["base", "new"] }]);
        const [former] = await store.former();
        await spoil(store.blobPath(former!.descriptor.digest));
        const limit = { maxBytes: 1e12, keptSince: Infinity };
        const { forgotten, notes } = await collectStore(store, limit);
        assert.deepEqual([forgotten.length, notes], [1, []]);
        assert.equal((await readWhole(store)).length, 1);
        const left = (await readdir(join(folder, "blobs/sha256"))).length;
        // A pipe is no blob that anything of Slipway's wrote: verify names it.
        assert.equal(left, name === "a pipe" ? 5 : 4);
      });
    });

    it(`stops at once where a channel's manifest is ${name}`, async () => {
      await withStore(async (store, folder) => {
        await putVersions(store, [{ layers: ["base", "old"] }, { layers: ["base", "new"] }]);
        const [image] = await store.images("main");
        await spoil(store.blobPath(image!.descriptor.digest));
        const before = await blobCount(folder);
        const { forgotten, notes } = await collectStore(store, ALL);
        assert.deepEqual([forgotten, notes.length], [[], 1]);
        assert.equal(await blobCount(folder), before);
        const { findings } = await verifyStore(store);
        assert.ok(findings.some(({ path }) => path.endsWith(image!.descriptor.digest.slice(7))));
      });
    });
  }

  it("keeps of an index of platforms all that any machine brought", async () => {
    await withStore(async (store, folder) => {
      await putVersions(store, [{ platforms: true }]);
      const before = await blobCount(folder);
      await collectStore(store, ALL);
      assert.equal(await blobCount(folder), before);
    });
  });

  it("leaves a whole store wherever it is killed, and the next one goes on", async function () {
    this.timeout(120_000);
    let last = 0;
    const seen = new Set<string>();
    let wasKilled = true;
    while (wasKilled) {
      last += 1;
      wasKilled = await withStore(async (store, folder) => {
        await putVersions(
          store,
          ["a", "b"].map((layer) => ({ layers: ["base", layer] })),
        );
        const script = join(import.meta.dirname, "support/killed-process.ts");
        const { signal, stdout } = await execa(process.execPath, [script, folder, String(last)], {
          reject: false,
        });
        for (const step of stdout.split("\n")) seen.add(step);
        await readWhole(store);
        await collectStore(store, ALL);
        assert.equal((await readWhole(store)).length, 1);
        assert.equal(await blobCount(folder), 4);
        return signal === "SIGKILL";
      });
    }
    for (const step of ["former-moving", "former-moved", "blob-deleting", "blob-deleted"]) {
      assert.ok(seen.has(step), step);
    }
    assert.ok(last >= 10, `${last} steps`);
  });
});
