import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatSeconds,
  rateOf,
  secondsLeft,
  withSample,
  type Sample,
} from "../../rules/transfer-rate.ts";

const collect = (samples: readonly Sample[]): readonly Sample[] =>
  samples.reduce<readonly Sample[]>(withSample, []);

describe("the rate of a transfer", () => {
  it("is unknown before a second moment", () => {
    assert.equal(rateOf([]), undefined);
    assert.equal(rateOf([{ at: 5, bytes: 7 }]), undefined);
  });

  it("is that of a steady transfer, however often it is looked at and whatever came before", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 0, max: 1e12 }),
        (perMillisecond, steps, before) => {
          let at = 0;
          const moments = [0, ...steps.map((step) => (at += step))];
          const samples = collect(
            moments.map((moment) => ({ at: moment, bytes: before + moment * perMillisecond })),
          );
          const rate = rateOf(samples) ?? 0;
          assert.ok(Math.abs(rate / (perMillisecond * 1000) - 1) < 1e-9);
        },
      ),
    );
  });

  it("forgets what was before its window", () => {
    const seconds = Array.from({ length: 60 }, (_, second) => second);
    const samples = collect(
      seconds.map((second) => ({ at: second * 1000, bytes: Math.min(second, 30) * 1000 })),
    );
    assert.equal(rateOf(samples), 0);
    assert.ok(samples.length <= 17);
  });

  it("is never less than nothing", () => {
    const samples = [
      { at: 0, bytes: 100 },
      { at: 10, bytes: 50 },
    ];
    assert.equal(rateOf(samples), 0);
  });
});

describe("the time left", () => {
  it("is unknown while nothing moves, and none at the end", () => {
    assert.equal(secondsLeft(10, undefined), undefined);
    assert.equal(secondsLeft(10, 0), undefined);
    assert.equal(secondsLeft(0, undefined), 0);
    assert.equal(secondsLeft(1001, 100), 11);
  });

  it("is told in the two units that matter", () => {
    assert.deepEqual([0, 59, 60, 125, 3599, 3600, 11_520].map(formatSeconds), [
      "0 s",
      "59 s",
      "1 min 0 s",
      "2 min 5 s",
      "59 min 59 s",
      "1 h 0 min",
      "3 h 12 min",
    ]);
  });
});
