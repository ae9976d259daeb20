/* Collections as they are asked for. */
import assert from "node:assert/strict";
import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCollect } from "../../../../cli/cache/collect/run-collect.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { printedBy } from "../support/printed.ts";
import { putSample, sampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

describe("a collection without a limit", () => {
  it("takes what killed runs left and what no index has, and no former image", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const { folder } = store;
      for (const layers of [["old"], ["new"]]) await putSample(store, sampleImage({ layers }));
      const orphan = join(folder, "blobs/sha256", "1".repeat(64));
      const left = join(folder, "partial", "2".repeat(64));
      for (const path of [orphan, left]) {
        await writeFile(path, "12345");
        await utimes(path, new Date(0), new Date(0));
      }
      const told = await printedBy(() => runCollect({ store: folder, json: true }));
      const { forgotten, freedBytes, notes } = JSON.parse(told) as Record<string, unknown>;
      assert.deepEqual([forgotten, freedBytes, notes], [[], 10, []]);
      assert.equal((await store.former()).length, 1);
    });
  });
});
