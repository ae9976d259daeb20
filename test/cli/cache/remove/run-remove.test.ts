/* Taking channels and images out of a store. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { runRemove } from "../../../../cli/cache/remove/run-remove.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { putSample, sampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
  const { log } = console;
  console.log = () => undefined;
  try {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      await putSample(store, sampleImage());
      await putSample(store, sampleImage({ channel: "release/2.9", layers: ["x"] }));
      await putSample(
        store,
        sampleImage({ channel: "release/2.9", layers: ["y"], label: "tools/cpu" }),
      );
      await work(store);
    });
  } finally {
    console.log = log;
  }
}

describe("a channel that is taken out of a store", () => {
  it("is one no more, and its images are former ones", async () => {
    await withStore(async (store) => {
      await runRemove("release/2.9", { store: store.folder, json: true });
      assert.deepEqual(await store.channels(), ["main"]);
      assert.deepEqual((await store.former()).map(({ label }) => label).sort(), [
        "ci-image/cuda12.8",
        "tools/cpu",
      ]);
    });
  });

  it("keeps the images that are not named", async () => {
    await withStore(async (store) => {
      await runRemove("release/2.9", { store: store.folder, image: ["cpu"] });
      assert.equal((await store.images("release/2.9")).length, 1);
    });
  });

  it("is left alone where a channel or an image is unknown, with what there is", async () => {
    await withStore(async (store) => {
      const { folder } = store;
      await assert.rejects(
        runRemove("release/2.8", { store: folder }),
        /it has main, release\/2\.9/,
      );
      const images = ["tools/cpu", "tools/cpo"];
      await assert.rejects(
        runRemove("release/2.9", { store: folder, image: images }),
        /no image "tools\/cpo"; there are .* \(did you mean "tools\/cpu"\?\)/,
      );
      assert.equal((await store.images("release/2.9")).length, 2);
      assert.deepEqual(await store.former(), []);
    });
  });
});
