import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withCloud } from "../../support/cloud.ts";
import { faultRow, isKept } from "./support/fault-row.ts";
import { FaultBench } from "./support/fault-run.ts";
import { FAULTS, STEPS } from "./support/publication-steps.ts";

/** One that no second attempt mends, and one that the next attempt does; `npm run faults` does all. */
const PICKED = FAULTS.filter(({ name }) => name === "403 always" || name === "cut off once");

describe("a publication under faults of a registry", function () {
  this.timeout(120_000);
  const cloud = withCloud();
  let folder: string;
  let bench: FaultBench;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "slipway-faults-"));
    bench = await FaultBench.start(cloud(), join(folder, "bench"));
  });
  after(async () => {
    await bench.stop();
    await rm(folder, { recursive: true, force: true });
  });

  for (const fault of PICKED) {
    for (const step of STEPS) {
      it(`loses nothing when ${step.by} wants to ${step.name} and meets: ${fault.name}`, async () => {
        const row = await faultRow(bench, step, fault);
        assert.ok(isKept(row), JSON.stringify(row));
      });
    }
  }
});
