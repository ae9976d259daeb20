import assert from "node:assert/strict";
import fc from "fast-check";
import { hexRuns } from "../../../rules/pins/hex-runs.ts";

describe("runs of hexadecimal digits", () => {
  it("are those that a pattern finds", () => {
    const piece = fc.oneof(
      fc.string({ unit: fc.constantFrom("0", "a", "f"), minLength: 55, maxLength: 140 }),
      fc.string({ unit: fc.constantFrom("0", "a", "f", "g", "F", " "), maxLength: 90 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const text = pieces.join("");
        const expected = Array.from(text.matchAll(/[0-9a-f]{64}/g), ({ index }) => index);
        assert.deepEqual(hexRuns(text), expected);
      }),
      { numRuns: 2000 },
    );
  });
});
