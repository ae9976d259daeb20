/* What a verification prints, whatever comes after. */
import assert from "node:assert/strict";
import { rm, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { Store } from "../../../../cli/cache/store/store.ts";
import { runVerify } from "../../../../cli/cache/verify/run-verify.ts";
import { UserError } from "../../../../rules/problems.ts";
import { printedBy } from "../support/printed.ts";
import { putSample, sampleImage } from "../store/support/sample-image.ts";
import { inTemporaryFolder } from "../store/support/temporary-folder.ts";

describe("a verification that is to take damaged blobs away, and may not", () => {
  for (const json of [false, true]) {
    it(`has printed what it found before it fails${json ? ", as JSON too" : ""}`, async () => {
      const { log } = console;
      const printed: string[] = [];
      console.log = (line: string) => printed.push(line);
      try {
        await inTemporaryFolder(async (parent) => {
          const sample = sampleImage();
          const store = await Store.create(join(parent, "store"));
          await putSample(store, sample);
          await truncate(store.blobPath(sample.blobs[0]!.descriptor.digest), 7);
          // Nobody may follow a link there, root neither.
          const lock = join(store.folder, "locks/store.lock");
          await rm(lock, { force: true });
          await symlink("/nowhere", lock);
          await assert.rejects(
            runVerify({ store: store.folder, discardDamaged: true, json }),
            UserError,
          );
        });
      } finally {
        console.log = log;
      }
      assert.match(printed.join("\n"), /has 7 bytes in place of 1000/);
    });
  }
});

describe("what a verification says of damaged blobs", () => {
  async function told(discardDamaged: boolean): Promise<string> {
    return inTemporaryFolder(async (parent) => {
      const store = await Store.create(join(parent, "store"));
      const labels = ["a", "b", "c", "d", "e"];
      for (const label of labels) await putSample(store, sampleImage({ label }));
      await truncate(store.blobPath(sampleImage().blobs[0]!.descriptor.digest), 7);
      return printedBy(() => runVerify({ store: store.folder, discardDamaged }));
    });
  }

  it("is what takes them away, and the first images that have them", async () => {
    const text = await told(false);
    assert.match(text, /^short: slipway cache verify --discard-damaged takes it away/m);
    assert.match(text, / \(main: a; main: b; main: c, and 2 more\)$/m);
  });

  it("is that they were taken away, and no advice to do so once more", async () => {
    const text = await told(true);
    assert.doesNotMatch(text, /--discard-damaged/);
    assert.match(text, /^taken away: blobs\/sha256\/.*; slipway cache refresh fetches it anew$/m);
  });
});
