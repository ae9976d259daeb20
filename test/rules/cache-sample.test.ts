/* Which blobs a look at a part of a store reads. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { blobSample } from "../../rules/cache-sample.ts";

const blobs = fc.uniqueArray(
  fc.record({ digest: fc.nat({ max: 50 }).map(String), size: fc.nat({ max: 100 }) }),
  { minLength: 1, maxLength: 12, selector: ({ digest }) => digest },
);
/** Fractions as Math.random gives them. */
const fractions = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
const next = (stream: Iterator<number>) => (): number => stream.next().value as number;

describe("a sample of blobs", () => {
  it("is at least the part asked for, at least one blob, and would be too little without its last", () => {
    fc.assert(
      fc.property(blobs, fc.integer({ min: 1, max: 100 }), fractions, (all, percent, stream) => {
        const taken = blobSample(all, percent, next(stream));
        const sum = (some: typeof taken): number =>
          some.reduce((bytes, { size }) => bytes + size, 0);
        assert.ok(taken.length >= 1 && new Set(taken).size === taken.length);
        assert.ok(taken.every((blob) => all.includes(blob)));
        assert.ok(sum(taken) * 100 >= sum(all) * percent);
        if (percent < 100 && taken.length > 1) {
          assert.ok(sum(taken.slice(0, -1)) * 100 < sum(all) * percent);
        }
      }),
    );
  });

  it("may be any blob", () => {
    const all = ["a", "b", "c"].map((digest) => ({ digest, size: 10 }));
    const first = [0, 1, 2].map((lowest) => {
      let asked = 0;
      return blobSample(all, 1, () => (asked++ === lowest ? 0 : 0.5))[0]?.digest;
    });
    assert.deepEqual(first, ["a", "b", "c"]);
  });
});
