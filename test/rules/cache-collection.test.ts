/* Which former images of a store go. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { formerToForget, isLeftover, type FormerUse } from "../../rules/cache-collection.ts";
import { bytesTogether, type BlobUser } from "../../rules/cache-sizes.ts";

const blob = fc
  .nat({ max: 9 })
  .map((number) => ({ digest: `sha256:${number}`, size: (number * 37) % 11 }));
const blobs = fc.array(blob, { maxLength: 4 });
const listed = fc.array(fc.record({ blobs }), { maxLength: 3 });
const former = fc.uniqueArray(
  fc.record({
    blobs,
    label: fc.constantFrom("a", "b"),
    digest: fc.nat({ max: 20 }).map(String),
    lastUsed: fc.nat({ max: 5 }),
    isLeased: fc.boolean(),
  }),
  { maxLength: 6, selector: ({ label, digest }) => `${label}@${digest}` },
);
const limit = fc.record({ maxBytes: fc.nat({ max: 40 }), keptSince: fc.nat({ max: 7 }) });
const others = fc.nat({ max: 10 });

function after(
  all: readonly FormerUse[],
  gone: readonly FormerUse[],
  users: readonly BlobUser[],
  rest: number,
): number {
  return rest + bytesTogether([...users, ...all.filter((image) => !gone.includes(image))]);
}

describe("the former images that go", () => {
  it("are the fewest of the least recently used after which the limit holds, or all that may go", () => {
    fc.assert(
      fc.property(former, listed, others, limit, (all, users, rest, { maxBytes, keptSince }) => {
        const gone = formerToForget(all, users, rest, { maxBytes, keptSince });
        const mayGo = all.filter(({ isLeased, lastUsed }) => !isLeased && lastUsed < keptSince);
        const holds = after(all, gone, users, rest) <= maxBytes;
        assert.ok(holds || gone.length === mayGo.length);
        if (gone.length > 0) {
          assert.ok(after(all, gone.slice(0, -1), users, rest) > maxBytes, "one less would do");
        }
      }),
    );
  });

  it("are never read now, never used of late, and never used later than one that stays and could go", () => {
    fc.assert(
      fc.property(former, listed, others, limit, (all, users, rest, { maxBytes, keptSince }) => {
        const gone = formerToForget(all, users, rest, { maxBytes, keptSince });
        for (const { isLeased, lastUsed } of gone) assert.ok(!isLeased && lastUsed < keptSince);
        const newest = Math.max(...gone.map(({ lastUsed }) => lastUsed));
        for (const image of all.filter((one) => !gone.includes(one))) {
          assert.ok(image.isLeased || image.lastUsed >= keptSince || image.lastUsed >= newest);
        }
      }),
    );
  });

  it("are more with a lower limit, never others", () => {
    fc.assert(
      fc.property(
        former,
        listed,
        others,
        limit,
        fc.nat({ max: 10 }),
        (all, users, rest, at, less) => {
          const many = formerToForget(all, users, rest, { ...at, maxBytes: at.maxBytes - less });
          const few = formerToForget(all, users, rest, at);
          assert.deepEqual(many.slice(0, few.length), few);
        },
      ),
    );
  });

  it("do not depend on the order in which they are found", () => {
    fc.assert(
      fc.property(former, listed, others, limit, (all, users, rest, at) => {
        const forwards = formerToForget(all, users, rest, at);
        assert.deepEqual(formerToForget([...all].reverse(), users, rest, at), forwards);
      }),
    );
  });

  it("are found one by one as they are found at once, so that each may turn out to be read", () => {
    fc.assert(
      fc.property(former, listed, others, limit, (all, users, rest, at) => {
        let left: readonly FormerUse[] = all;
        const gone: FormerUse[] = [];
        for (;;) {
          const [next] = formerToForget(left, users, rest, at);
          if (next === undefined) break;
          gone.push(next);
          left = left.filter((image) => image !== next);
        }
        assert.deepEqual(gone, formerToForget(all, users, rest, at));
      }),
    );
  });
});

describe("a file that no index knows", () => {
  it("is a leftover when nobody wrote it for a day", () => {
    const now = Date.parse("2026-11-21T12:00:00Z");
    assert.equal(isLeftover(now - 86_400_000, now), false);
    assert.equal(isLeftover(now - 86_400_001, now), true);
    // A clock that was put back makes nothing old.
    assert.equal(isLeftover(now + 1, now), false);
  });
});
