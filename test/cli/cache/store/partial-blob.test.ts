import assert from "node:assert/strict";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { execa } from "execa";
import { DamagedBlob } from "../../../../cli/cache/store/damaged-blob.ts";
import type { PartialBlob } from "../../../../cli/cache/store/partial-blob.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { UserError } from "../../../../rules/problems.ts";
import { skipBecause } from "../../../support/skip.ts";
import { Tmpfs, whyNoTmpfs } from "../../../integration/cache/support/tmpfs.ts";
import { bytesOf, content, OCI_LAYER, putContent, type Content } from "./support/sample-image.ts";
import { inTemporaryFolder } from "./support/temporary-folder.ts";

const layer = content(OCI_LAYER, bytesOf("layer", 3000));

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => work(await Store.create(join(folder, "store"))));
}

async function begun(store: Store, { descriptor }: Content = layer): Promise<PartialBlob> {
  const partial = await store.partial(descriptor);
  assert.ok(partial !== undefined);
  return partial;
}

async function write(
  partial: PartialBlob,
  { start, end }: { start: number; end: number },
  { bytes }: Content = layer,
): Promise<void> {
  await partial.write(start, bytes.subarray(start, end));
  await partial.finished({ start, end });
}

describe("a blob under way", () => {
  it("becomes a blob of the store when it is whole, and leaves nothing else", async () => {
    await withStore(async (store) => {
      const partial = await begun(store);
      for (const range of partial.missing(700)) await write(partial, range);
      assert.equal(await store.has(layer.descriptor), false);
      await partial.commit();
      assert.equal(await store.has(layer.descriptor), true);
      assert.deepEqual(await readFile(store.blobPath(layer.descriptor.digest)), layer.bytes);
      assert.deepEqual(await readdir(join(store.folder, "partial")), []);
      assert.equal(await store.partial(layer.descriptor), undefined);
    });
  });

  it("may be written in any order, in pieces of any size, over any number of runs", async () => {
    const order = fc.array(fc.record({ pick: fc.nat(), stop: fc.boolean() }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 100, max: 3000 }), order, async (segment, steps) => {
        await withStore(async (store) => {
          let partial = await begun(store);
          for (const { pick, stop } of steps) {
            const missing = partial.missing(segment);
            const range = missing[pick % missing.length];
            if (range === undefined) break;
            await write(partial, range);
            if (!stop) continue;
            const before = partial.missing(segment);
            await partial.close();
            partial = await begun(store);
            assert.deepEqual(partial.missing(segment), before);
          }
          for (const range of partial.missing(segment)) await write(partial, range);
          await partial.commit();
          assert.deepEqual(await readFile(store.blobPath(layer.descriptor.digest)), layer.bytes);
        });
      }),
      { numRuns: 25 },
    );
  });

  it("of several mebibytes is hashed while it grows, by several connections at once", async () => {
    await withStore(async (store) => {
      const large = content(OCI_LAYER, bytesOf("large", 5_500_000));
      const partial = await begun(store, large);
      const ranges = partial.missing(512 * 1024);
      await Promise.all(ranges.toReversed().map((range) => write(partial, range, large)));
      await partial.commit();
      assert.equal(await store.has(large.descriptor), true);
    });
  });

  it("of no bytes is a blob at once", async () => {
    await withStore(async (store) => {
      const empty = content(OCI_LAYER, Buffer.alloc(0));
      const partial = await begun(store, empty);
      assert.deepEqual(partial.missing(10), []);
      await partial.commit();
      assert.equal(await store.has(empty.descriptor), true);
      await store.putBytes(empty.descriptor, empty.bytes);
    });
  });

  it("of other content is no blob, is told and is gone", async () => {
    await withStore(async (store) => {
      const partial = await begun(store);
      const swapped = content(OCI_LAYER, bytesOf("swapped", 3000));
      await write(partial, { start: 0, end: 3000 }, swapped);
      await assert.rejects(partial.commit(), (error: Error) => {
        assert.ok(error instanceof DamagedBlob && error instanceof UserError);
        assert.match(error.message, new RegExp(`asked for ${layer.descriptor.digest}`));
        assert.match(
          error.message,
          new RegExp(`sent content with digest ${swapped.descriptor.digest}`),
        );
        return true;
      });
      assert.equal(await store.has(layer.descriptor), false);
      assert.deepEqual(await readdir(join(store.folder, "partial")), []);
      await putContent(store, layer, 1000);
      assert.equal(await store.has(layer.descriptor), true);
    });
  });

  it("takes no byte beyond its size", async () => {
    await withStore(async (store) => {
      const partial = await begun(store);
      await assert.rejects(
        partial.write(2999, Buffer.from("ab")),
        /has 3000 bytes, and more were sent/,
      );
      await partial.close();
    });
  });

  it("is not committed with a gap", async () => {
    await withStore(async (store) => {
      const partial = await begun(store);
      await write(partial, { start: 10, end: 3000 });
      await assert.rejects(partial.commit(), /is not whole/);
      await partial.close();
    });
  });

  it("is not believed beyond the end of its file, which a power cut may have cut off", async () => {
    await withStore(async (store) => {
      const partial = await begun(store);
      await write(partial, { start: 0, end: 1000 });
      await write(partial, { start: 2000, end: 3000 });
      await partial.close();
      const path = join(store.folder, "partial", layer.descriptor.digest.slice(7));
      await writeFile(path, layer.bytes.subarray(0, 1500));
      const again = await begun(store);
      assert.deepEqual(again.missing(5000), [{ start: 1000, end: 3000 }]);
      // What the record said of the end is not believed later either, when the file is long again.
      await again.write(2990, layer.bytes.subarray(2990));
      await again.close();
      const third = await begun(store);
      assert.deepEqual(third.missing(5000), [{ start: 1000, end: 3000 }]);
      await third.close();
    });
  });

  it("that was begun with another size, which somebody lied about, is cut to the one asked for", async () => {
    await withStore(async (store) => {
      const lie = content(OCI_LAYER, bytesOf("layer", 9000));
      const partial = await begun(store, {
        ...lie,
        descriptor: { ...layer.descriptor, size: 9000 },
      });
      await write(partial, { start: 0, end: 2000 }, lie);
      await write(partial, { start: 2000, end: 9000 }, lie);
      await partial.close();
      await putContent(store, layer, 1000);
      assert.equal((await stat(store.blobPath(layer.descriptor.digest))).size, 3000);
    });
  });

  it("has one writer at a time: the second says that it waits, and then finds the blob", async () => {
    await withStore(async (store) => {
      const first = await begun(store);
      const waiting = Promise.withResolvers<string>();
      const other = await Store.create(store.folder, { onWait: waiting.resolve });
      const second = other.partial(layer.descriptor);
      assert.match(await waiting.promise, /^waiting for another process, which fetches sha256:/);
      for (const range of first.missing(1000)) await write(first, range);
      await first.commit();
      assert.equal(await second, undefined);
    });
  });

  it("is not begun again when it becomes a blob of the store just before, which stays the same file", async () => {
    await withStore(async (store) => {
      let isMoved = false;
      const late = await Store.create(store.folder, {
        onStep: async (step) => {
          // When the store was looked at, and before the file is made.
          if (step !== "partial-opening" || isMoved) return;
          isMoved = true;
          await putContent(store, layer, 1000);
        },
      });
      const path = store.blobPath(layer.descriptor.digest);
      assert.equal(await late.partial(layer.descriptor), undefined);
      const { ino } = await stat(path);
      await putContent(late, layer, 1000);
      assert.equal((await stat(path)).ino, ino);
      assert.deepEqual(await readdir(join(store.folder, "partial")), []);
    });
  });

  it("goes to the second writer with what the first one finished", async () => {
    await withStore(async (store) => {
      const first = await begun(store);
      const waiting = Promise.withResolvers<string>();
      const other = await Store.create(store.folder, { onWait: waiting.resolve });
      const second = other.partial(layer.descriptor);
      await waiting.promise;
      await write(first, { start: 0, end: 1000 });
      await first.close();
      const partial = await second;
      assert.deepEqual(partial?.missing(5000), [{ start: 1000, end: 3000 }]);
      await partial.close();
    });
  });

  it("is begun anew by the second writer when what the first one had was damaged", async () => {
    await withStore(async (store) => {
      const first = await begun(store);
      const waiting = Promise.withResolvers<string>();
      const other = await Store.create(store.folder, { onWait: waiting.resolve });
      const second = other.partial(layer.descriptor);
      await waiting.promise;
      await write(first, { start: 0, end: 3000 }, content(OCI_LAYER, bytesOf("swapped", 3000)));
      await assert.rejects(first.commit(), DamagedBlob);
      const partial = await second;
      assert.deepEqual(partial?.missing(5000), [{ start: 0, end: 3000 }]);
      await partial.close();
    });
  });

  it("of a process that was killed goes to the next one, with what was finished", async () => {
    await withStore(async (store) => {
      const script = join(import.meta.dirname, "support", "writing-process.ts");
      const child = execa(process.execPath, [script, store.folder], { reject: false });
      await once(child.stdout, "data");
      child.kill("SIGKILL");
      assert.equal((await child).signal, "SIGKILL");
      const partial = await begun(store);
      assert.deepEqual(partial.missing(5000), [{ start: 1000, end: 3000 }]);
      await write(partial, { start: 1000, end: 3000 });
      await partial.commit();
      assert.deepEqual(await readFile(store.blobPath(layer.descriptor.digest)), layer.bytes);
    });
  });
});

describe("a blob under way on a full disk", () => {
  before(async function () {
    const reason = await whyNoTmpfs();
    if (reason !== undefined) skipBecause(this, reason);
  });

  it("says how much is missing, and goes on when there is room", async () => {
    await inTemporaryFolder(async (folder) => {
      const disk = await Tmpfs.mount(join(folder, "disk"), 4);
      try {
        const store = await Store.create(join(disk.folder, "store"));
        const large = content(OCI_LAYER, bytesOf("large", 2_000_000));
        const partial = await begun(store, large);
        await write(partial, { start: 0, end: 1_000_000 }, large);
        await disk.fill(100_000);
        await assert.rejects(
          write(partial, { start: 1_000_000, end: 2_000_000 }, large),
          (error) => {
            assert.ok(error instanceof UserError);
            assert.match(
              error.message,
              /is full: sha256:\w+ needs 1\.0 MB more and .* are free, so that .* are missing; make room/,
            );
            return true;
          },
        );
        await partial.close();
        await disk.clear();
        const again = await begun(store, large);
        assert.deepEqual(again.missing(5_000_000), [{ start: 1_000_000, end: 2_000_000 }]);
        await again.close();
        await putContent(store, large, 500_000);
        assert.equal(await store.has(large.descriptor), true);
      } finally {
        await disk.unmount();
      }
    });
  });
});
