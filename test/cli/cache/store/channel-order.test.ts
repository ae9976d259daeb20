import assert from "node:assert/strict";
import fc from "fast-check";
import { inChannelOrder } from "../../../../cli/cache/store/channel-order.ts";

describe("the order of channels", () => {
  it("is main, lines without a version, then versions by number, the newest last", () => {
    const channels = [
      "main",
      "release/next",
      "release/1.13",
      "release/2.2",
      "release/2.9",
      "release/2.10",
      "release/2.10.1",
      "release/10.0",
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(channels, { minLength: channels.length }), (shuffled) => {
        assert.deepEqual(inChannelOrder(shuffled), channels);
      }),
    );
  });

  it("is one, also of lines that count as equal", () => {
    assert.deepEqual(inChannelOrder(["release/2.10", "release/2.010"]), [
      "release/2.010",
      "release/2.10",
    ]);
    assert.deepEqual(inChannelOrder(["release/2.010", "release/2.10"]), [
      "release/2.010",
      "release/2.10",
    ]);
  });
});
