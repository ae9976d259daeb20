/* What a server of a store says when it begins. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runServe } from "../../../../cli/cache/serve/run-serve.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { printedBy } from "../support/printed.ts";
import { putSample, sampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

/** What it prints until it is told to end, which is when it serves. */
async function served(folder: string): Promise<string> {
  return printedBy(async (printed) => {
    const serving = runServe({ store: folder, port: 0 });
    while (printed.length === 0) await Promise.race([delay(10), serving]);
    process.emit("SIGTERM");
    await serving;
  });
}

describe("a server of a store", () => {
  const EMPTY =
    /it has no images yet, and every request is answered 404 until slipway cache refresh/;

  it("says of an empty store that nothing is there yet, and of another how engines find it", async () => {
    await inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      assert.match(await served(store.folder), EMPTY);
      await putSample(store, sampleImage());
      const told = await served(store.folder);
      assert.doesNotMatch(told, EMPTY);
      assert.match(told, /^server = "https:\/\/ghcr\.io"$/m);
    });
  });
});
