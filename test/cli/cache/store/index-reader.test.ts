/* When an index of a store is read again. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { IndexReader } from "../../../../cli/cache/store/index-reader.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { putSample, sampleImage } from "./support/sample-image.ts";
import { inTemporaryFolder } from "./support/temporary-folder.ts";

describe("the reader of a store's indexes", () => {
  it("reads one again only when another file is in its place", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const first = await putSample(store, sampleImage());
      const reader = new IndexReader();
      const folder = join(store.folder, "channels/main");
      const read = await reader.read(folder, "channel");
      assert.deepEqual(read?.images, [first]);
      assert.equal(await reader.read(folder, "channel"), read);
      const next = await putSample(store, sampleImage({ layers: ["c"] }));
      assert.deepEqual((await reader.read(folder, "channel"))?.images, [next]);
      await store.remove("main", undefined);
      assert.equal(await reader.read(folder, "channel"), undefined);
    });
  });
});

describe("all images of a store", () => {
  it("are the channels', in their order, and what no channel has any more", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const release = await putSample(store, sampleImage({ channel: "release/2.9" }));
      const before = await putSample(store, sampleImage({ layers: ["before"] }));
      const main = await putSample(store, sampleImage({ layers: ["now"] }));
      assert.deepEqual(await store.all(), { listed: [main, release], former: [before] });
    });
  });
});
