/* Durations as people write them. */
import assert from "node:assert/strict";
import { parseDuration } from "../../rules/duration.ts";

describe("durations", () => {
  it("are minutes, hours, days or weeks", () => {
    const hour = 3_600_000;
    for (const [text, length] of [
      ...([
        ["0d", 0],
        ["30m", hour / 2],
        ["12h", 12 * hour],
      ] as const),
      ...([
        ["2d", 48 * hour],
        ["4w", 28 * 24 * hour],
      ] as const),
    ] as const) {
      assert.equal(parseDuration(text), length, text);
    }
  });

  it("are nothing else", () => {
    for (const text of ["", "2", "d", "-1d", "1.5d", "2 d", "2D", "2d\n", "1y", "9999999d"]) {
      assert.equal(parseDuration(text), undefined, JSON.stringify(text));
    }
  });
});
