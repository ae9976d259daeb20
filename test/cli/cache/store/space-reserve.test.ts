/* A store whose disk is full: what makes room must go on there. */
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { collectStore } from "../../../../cli/cache/collect/collect-store.ts";
import { freeBytes } from "../../../../cli/cache/store/disk-faults.ts";
import { StorePaths } from "../../../../cli/cache/store/paths.ts";
import { Store } from "../../../../cli/cache/store/store.ts";
import { Tmpfs, whyNoTmpfs } from "../../../integration/cache/support/tmpfs.ts";
import { skipBecause } from "../../../support/skip.ts";
import { putSample, sampleImage } from "./support/sample-image.ts";
import { inTemporaryFolder } from "./support/temporary-folder.ts";
import { readWhole } from "./support/whole-store.ts";

const LINE = "release/2.9";

describe("a store on a disk without a byte left", () => {
  before(async function () {
    const reason = await whyNoTmpfs();
    if (reason !== undefined) skipBecause(this, reason);
  });

  async function onFullDisk(work: (folder: string, disk: Tmpfs) => Promise<void>): Promise<void> {
    await inTemporaryFolder(async (parent) => {
      const disk = await Tmpfs.mount(join(parent, "disk"), 4);
      try {
        const folder = join(disk.folder, "store");
        const store = await Store.create(folder);
        await putSample(store, sampleImage());
        await putSample(store, sampleImage({ channel: LINE, layers: ["x"] }));
        await putSample(store, sampleImage({ channel: LINE, layers: ["y"], label: "tools/cpu" }));
        await disk.fill();
        assert.equal(await freeBytes(folder), 0);
        await work(folder, disk);
      } finally {
        await disk.unmount();
      }
    });
  }

  it("lets images out, and collects them", async () => {
    await onFullDisk(async (folder, disk) => {
      const store = await Store.open(folder);
      await store.remove(LINE, ["tools/cpu"]);
      assert.equal((await store.former()).length, 1);
      // What came free of it is kept for the next.
      await disk.fill();
      await store.remove(LINE, undefined);
      assert.deepEqual(await store.channels(), ["main"]);
      assert.equal((await readWhole(store)).length, 3);
      const { forgotten, freedBytes } = await collectStore(await Store.create(folder), {
        maxBytes: 0,
        keptSince: Infinity,
      });
      assert.equal(forgotten.length, 2);
      assert.ok(freedBytes > 0);
      assert.equal((await readWhole(store)).length, 1);
    });
  });

  it("says that there is no space where the reserve is gone, and keeps its images", async () => {
    await onFullDisk(async (folder, disk) => {
      const reserve = new StorePaths(folder).reserve();
      await rm(reserve);
      await disk.fill();
      const store = await Store.open(folder);
      await assert.rejects(store.remove(LINE, undefined), /no space left; make room/);
      assert.equal((await readWhole(store)).length, 3);
    });
  });
});
