import assert from "node:assert/strict";
import fc from "fast-check";
import {
  rangeLine,
  recordedRanges,
  Segments,
  type Range,
} from "../../../../cli/cache/store/segments.ts";

const SIZE = 40;
const range = fc
  .tuple(fc.nat(SIZE - 1), fc.nat(SIZE - 1))
  .map(([a, b]): Range => ({ start: Math.min(a, b), end: Math.max(a, b) + 1 }));

function bitmap(ranges: readonly Range[]): readonly boolean[] {
  return Array.from({ length: SIZE }, (_, at) =>
    ranges.some(({ start, end }) => at >= start && at < end),
  );
}

describe("the finished segments of a blob", () => {
  it("know of each byte what a map of bytes knows, in whatever order ranges come", () => {
    fc.assert(
      fc.property(fc.array(range), fc.integer({ min: 1, max: SIZE + 5 }), (ranges, segment) => {
        const segments = new Segments(SIZE);
        for (const added of ranges) segments.add(added);
        const there = bitmap(ranges);
        const missing = segments.missing(segment);
        assert.deepEqual(
          bitmap(missing),
          there.map((is) => !is),
        );
        assert.ok(missing.every(({ start, end }) => end > start && end - start <= segment));
        assert.equal(segments.bytes, there.filter(Boolean).length);
        assert.equal(segments.beginning, there.includes(false) ? there.indexOf(false) : SIZE);
      }),
    );
  });

  it("miss nothing when what is missing was added", () => {
    fc.assert(
      fc.property(fc.array(range), fc.integer({ min: 1, max: SIZE }), (ranges, segment) => {
        const segments = new Segments(SIZE);
        for (const added of [...ranges, ...segments.missing(segment)]) segments.add(added);
        assert.deepEqual(segments.missing(segment), []);
        assert.equal(segments.bytes, SIZE);
      }),
    );
  });

  it("cut each gap into as few pieces as there can be", () => {
    const segments = new Segments(100);
    segments.add({ start: 10, end: 20 });
    assert.deepEqual(segments.missing(60), [
      { start: 0, end: 10 },
      { start: 20, end: 80 },
      { start: 80, end: 100 },
    ]);
  });

  it("of nothing are all there", () => {
    const segments = new Segments(0);
    assert.deepEqual(segments.missing(1), []);
    assert.equal(segments.bytes, 0);
  });

  it("refuse what is no range of the blob", () => {
    for (const [start, end] of [
      [-1, 3],
      [0, 0],
      [5, 4],
      [0, SIZE + 1],
      [0.5, 3],
      [Number.NaN, 3],
    ] as const) {
      assert.throws(() => new Segments(SIZE).add({ start, end }), /is no range of 40 bytes/);
    }
    assert.throws(() => new Segments(SIZE).missing(0), /a segment of 0 bytes/);
  });
});

describe("the record of a blob's segments", () => {
  it("gives back what was written, and of a last line that was cut off nothing", () => {
    fc.assert(
      fc.property(fc.array(range), fc.nat(), (ranges, cut) => {
        const text = ranges.map(rangeLine).join("");
        const kept = text.slice(0, cut % (text.length + 1));
        const whole = kept.split("\n").length - 1;
        assert.deepEqual(recordedRanges(kept, SIZE), ranges.slice(0, whole));
      }),
    );
  });

  it("believes nothing that lies beyond the file's end, whatever is written there", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(range), fc.nat(SIZE), (noise, ranges, size) => {
        const text = `${noise}\n${ranges.map(rangeLine).join("")}`;
        for (const { end } of recordedRanges(text, size)) assert.ok(end <= size);
      }),
    );
    assert.deepEqual(recordedRanges("0 5\n3 x\n-1 2\n1e1 20\n5 5\n0 9007199254740993\n", 30), [
      { start: 0, end: 5 },
    ]);
  });
});
