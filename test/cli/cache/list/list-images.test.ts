/* What is told of the images of a store. */
import assert from "node:assert/strict";
import { rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { listStore } from "../../../../cli/cache/list/list-images.ts";
import { runList } from "../../../../cli/cache/list/run-list.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { printedBy } from "../support/printed.ts";
import { putSample, sampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

const old = sampleImage({ layers: ["base", "old"] });
const now = sampleImage({ layers: ["base", "new"] });
const release = sampleImage({ channel: "release/2.10", layers: ["alone"] });

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (parent) => {
    const store = await Store.create(join(parent, "store"));
    for (const image of [old, now, release]) await putSample(store, image);
    await work(store);
  });
}

describe("the list of a store's images", () => {
  it("has channels' images, then former ones, with what each takes and shares", async () => {
    await withStore(async (store) => {
      const listed = (await listStore(store)).images;
      assert.deepEqual(
        listed.map(({ channel, isFormer, shared }) => [channel, isFormer, shared]),
        [
          ["main", false, 1000],
          ["release/2.10", false, 0],
          ["main", true, 1000],
        ],
      );
      const sum = now.blobs.reduce((bytes, { descriptor }) => bytes + descriptor.size, 0);
      assert.equal(listed[0]?.size, sum);
      assert.deepEqual(
        listed.flatMap(({ missing }) => missing),
        [],
      );
    });
  });

  it("tells the last use, and is none itself", async () => {
    await withStore(async (store) => {
      const path = store.blobPath(now.image.descriptor.digest);
      const when = new Date("2026-11-20T09:00:00Z");
      await utimes(path, when, new Date(1000));
      assert.equal((await listStore(store)).images[0]?.lastUsed, when.toISOString());
      assert.equal((await stat(path)).atimeMs, when.getTime());
    });
  });

  it("tells no last use where nothing has read it since it came, nor since it was fetched anew", async () => {
    await withStore(async (store) => {
      const refreshed = "2026-11-21T08:00:00.000Z";
      await store.put({ ...now.image, refreshed });
      const path = store.blobPath(now.image.descriptor.digest);
      const later = new Date("2026-11-22T08:00:00Z");
      for (const when of [new Date(1000), later]) {
        await utimes(path, when, when);
        const [main] = (await listStore(store)).images;
        const { added } = now.image;
        assert.deepEqual(
          [main?.added, main?.lastUsed, main?.refreshed],
          [added, undefined, refreshed],
        );
      }
    });
  });

  it("tells what is missing of an image, and that a manifest cannot be read", async () => {
    await withStore(async (store) => {
      await rm(store.blobPath(now.blobs[1]!.descriptor.digest));
      await rm(store.blobPath(release.image.descriptor.digest));
      const [main, line] = (await listStore(store)).images;
      assert.deepEqual(main?.missing, [now.blobs[1]!.descriptor.digest]);
      assert.deepEqual([line?.size, line?.missing], [undefined, [release.image.descriptor.digest]]);
    });
  });

  it("has what the store takes, blobs under way too, and what former images alone have of it", async () => {
    await withStore(async (store) => {
      await writeFile(join(store.folder, "partial/x"), "under way");
      const blobs = new Map(
        [...old.blobs, ...now.blobs, ...release.blobs].map(({ descriptor }) => [
          descriptor.digest,
          descriptor.size,
        ]),
      );
      const bytes = [...blobs.values()].reduce((sum, size) => sum + size, "under way".length);
      // All but the layer that the channel's image has too.
      const alone = old.blobs.slice(1).reduce((sum, { descriptor }) => sum + descriptor.size, 0);
      const list = await listStore(store);
      assert.deepEqual([list.bytes, list.formerBytes], [bytes, alone]);
      assert.ok(list.freeBytes > 0);
    });
  });

  it("is printed with what a channel had when it has nothing any more, and the whole store's size last", async () => {
    await withStore(async (store) => {
      await store.remove("release/2.10", undefined);
      const { folder } = store;
      const printed = await printedBy(() => runList({ store: folder, channel: "release/2.10" }));
      const lines = printed.split("\n");
      assert.equal(lines.length, 3);
      assert.match(lines[1]!, /^ci-image\/cuda12\.8 +release\/2\.10, former .* -$/);
      assert.match(lines[2]!, /store takes .* for former images alone; .* are free on its disk$/);
      await assert.rejects(runList({ store: folder, channel: "release/2.9" }), /it has main$/);
    });
  });
});
