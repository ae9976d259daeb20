/* What images of a store take, with shared blobs. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { bytesTogether, imageSizes } from "../../rules/cache-sizes.ts";

const blob = fc
  .nat({ max: 9 })
  .map((number) => ({ digest: `sha256:${number}`, size: (number * 37) % 11 }));
const images = fc.array(fc.record({ blobs: fc.array(blob, { maxLength: 5 }) }), { maxLength: 5 });

describe("what images of a store take", () => {
  it("counts a blob once that several have", () => {
    const base = { digest: "sha256:0", size: 100 };
    const one = { blobs: [base, base, { digest: "sha256:1", size: 7 }] };
    const two = { blobs: [base, { digest: "sha256:2", size: 8 }] };
    assert.equal(bytesTogether([one, two]), 115);
    assert.deepEqual(imageSizes([one, two]), [
      { size: 107, shared: 100 },
      { size: 108, shared: 100 },
    ]);
    assert.deepEqual(imageSizes([one, one]), [
      { size: 107, shared: 107 },
      { size: 107, shared: 107 },
    ]);
  });

  it("is less by what an image shares with none when that image goes", () => {
    fc.assert(
      fc.property(images, (all) => {
        const whole = bytesTogether(all);
        const sizes = imageSizes(all);
        for (const [position, { size, shared }] of sizes.entries()) {
          const without = all.filter((_image, other) => other !== position);
          assert.equal(whole - bytesTogether(without), size - shared);
        }
        assert.ok(sizes.every(({ size }) => size <= whole));
      }),
    );
  });

  it("is not more than the sum, and equal to it where nothing is shared", () => {
    fc.assert(
      fc.property(images, (all) => {
        const sizes = imageSizes(all);
        const sum = sizes.reduce((bytes, { size }) => bytes + size, 0);
        const isShared = sizes.some(({ shared }) => shared > 0);
        assert.equal(bytesTogether(all) < sum, isShared);
      }),
    );
  });
});
