import assert from "node:assert/strict";
import type { CacheStep } from "../../../cli/cache/store/steps.ts";
import { KillBench, type Mix } from "./support/kill-rows.ts";

/* A selection of what print-faults.ts prints, which kills at every step and at any moment. */

const KILLS: readonly (readonly [Mix, CacheStep])[] = [
  ["first refresh", "index-moved"],
  ["refresh", "segment-synced"],
  ["refresh", "former-moved"],
  ["refresh", "index-written"],
  ["gc", "former-moved"],
  ["gc", "blob-deleted"],
  ["export", "archive-written"],
];

describe("a store whose writer is killed", () => {
  let kills: KillBench;
  before(async function () {
    this.timeout(60_000);
    kills = await KillBench.start();
  });
  after(() => kills.stop());

  for (const [mix, step] of KILLS) {
    it(`shows readers the old images or the new, whole, and heals: ${mix} at ${step}`, async () => {
      const row = await kills.row(mix, { step, time: 1 });
      assert.equal(row.end, "killed");
    }).timeout(60_000);
  }
});
