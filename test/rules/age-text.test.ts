/* How long ago something was. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ageText } from "../../rules/age-text.ts";
import { parseDuration } from "../../rules/duration.ts";

describe("an age", () => {
  it("is told in the longest unit of which it is two", () => {
    const hour = 3_600_000;
    const now = Date.parse("2026-11-21T12:00:00Z");
    const told = [0, 119_999, 120_000, 2 * hour - 1, 2 * hour, 48 * hour - 1, 48 * hour, -hour];
    assert.deepEqual(
      told.map((age) => ageText(now - age, now)),
      ["now", "now", "2m", "119m", "2h", "47h", "2d", "now"],
    );
  });

  it("is one that --keep understands, and is never told longer than it is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 120_000, max: 1e13 }), (age) => {
        const told = parseDuration(ageText(0, age)) ?? NaN;
        assert.ok(told <= age && age < told * 1.5);
      }),
    );
  });
});
