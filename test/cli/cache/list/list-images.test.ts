/* What is told of the images of a store. */
import assert from "node:assert/strict";
import { rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { listImages } from "../../../../cli/cache/list/list-images.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
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
      const listed = await listImages(store);
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
      await utimes(path, when, when);
      assert.equal((await listImages(store))[0]?.lastUsed, when.toISOString());
      assert.equal((await stat(path)).atimeMs, when.getTime());
    });
  });

  it("tells as the last use when the channel came to have it where nothing has used it since", async () => {
    await withStore(async (store) => {
      const refreshed = "2026-11-21T08:00:00.000Z";
      await store.put({ ...now.image, refreshed });
      const path = store.blobPath(now.image.descriptor.digest);
      await utimes(path, new Date(1000), new Date(1000));
      const [main] = await listImages(store);
      const { added } = now.image;
      assert.deepEqual([main?.added, main?.lastUsed, main?.refreshed], [added, added, refreshed]);
    });
  });

  it("tells what is missing of an image, and that a manifest cannot be read", async () => {
    await withStore(async (store) => {
      await rm(store.blobPath(now.blobs[1]!.descriptor.digest));
      await rm(store.blobPath(release.image.descriptor.digest));
      const [main, line] = await listImages(store);
      assert.deepEqual(main?.missing, [now.blobs[1]!.descriptor.digest]);
      assert.deepEqual([line?.size, line?.missing], [undefined, [release.image.descriptor.digest]]);
    });
  });
});
