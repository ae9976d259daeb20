/* What a verification prints, whatever comes after. */
import assert from "node:assert/strict";
import { rm, symlink, truncate } from "node:fs/promises";
import { join } from "node:path";
import { Store } from "../../../../cli/cache/store/store.ts";
import { runVerify } from "../../../../cli/cache/verify/run-verify.ts";
import { UserError } from "../../../../rules/problems.ts";
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
