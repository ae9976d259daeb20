import assert from "node:assert/strict";
import { faults, publishUnder, steps, type Step } from "./fault-table.ts";
import { TwoRegistries } from "./two-registries.ts";

describe("a publish under faults of a registry", () => {
  let two: TwoRegistries;
  before(async function () {
    this.timeout(180_000); // the registry is built once
    two = await TwoRegistries.start();
  });
  after(() => two.stop());

  /** One of each kind; `npm run faults` does all. */
  for (const name of ["404", "429 for an hour", "500", "cut connection"]) {
    it(`(${name}) leaves every name old or new, whatever the step, and the next run ends it`, async function () {
      this.timeout(120_000);
      let refused = 0;
      for (const [step, asked] of Object.entries(steps)) {
        try {
          const { published } = await publishUnder(two, faults[name]!, asked);
          if (!published) refused++;
        } catch (error) {
          throw new Error(`${name}: ${step}`, { cause: error });
        }
      }
      // The faults are real: most steps cannot do without an answer.
      assert.ok(refused > Object.keys(steps).length / 2, `${refused} runs failed`);
    });
  }

  it("goes through when the fault passes", async function () {
    this.timeout(120_000);
    for (const [step, { registry, matches }] of Object.entries(steps)) {
      let left = 1;
      const once: Step = { registry, matches: (seen) => matches(seen) && left-- > 0 };
      assert.ok((await publishUnder(two, faults["cut connection"]!, once)).published, step);
      assert.ok(left <= 0, `${step} was never asked`);
    }
  });
});
