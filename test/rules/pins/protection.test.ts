import assert from "node:assert/strict";
import fc from "fast-check";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import {
  isNews,
  protection,
  type ProtectionSources,
  type SeenPin,
} from "../../../rules/pins/protection.ts";

const DAY = 86_400_000;
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const place = { repository: "pytorch/tools", image: "tools" };
const seen = (letter: string, user = "pytorch/pytorch@main"): SeenPin => {
  return { ...place, digest: digest(letter), user };
};
const pinned = (letter: string, day: string, ...users: string[]): PinnedDigest => {
  return { ...place, digest: digest(letter), seen: day, users };
};
const sources: ProtectionSources = {
  ...{ before: [], seen: [], handedOut: new Set<string>(), today: "2026-11-21", grace: 90 * DAY },
  looked: new Set(["pytorch/pytorch", "pytorch/vision"]),
  unread: new Set(),
  absent: () => false,
};

describe("the protection of pinned digests", () => {
  it("begins on the day on which a digest is seen, with all its users", () => {
    const both = [seen("a"), seen("a", "pytorch/vision@release/0.2"), seen("a")];
    const { pins, added } = protection({ ...sources, seen: both });
    const wanted = pinned("a", "2026-11-21", "pytorch/pytorch@main", "pytorch/vision@release/0.2");
    assert.deepEqual([pins, added], [[wanted], [wanted]]);
  });

  it("goes on from the last day on which somebody had the digest", () => {
    const before = [pinned("a", "2026-01-01", "pytorch/vision@main")];
    const { pins, added } = protection({ ...sources, before, seen: [seen("a")] });
    assert.deepEqual(pins, [pinned("a", "2026-11-21", "pytorch/pytorch@main")]);
    assert.deepEqual(added, []);
  });

  it("ends when the grace time is over, and not on its last day", () => {
    const before = [pinned("a", "2026-08-23", "pytorch/pytorch@main")];
    const last = protection({ ...sources, before });
    assert.deepEqual(last.pins, before);
    assert.equal(last.kept[0]?.why, "its grace time ends on 2026-11-21");
    const over = protection({ ...sources, before, today: "2026-11-22" });
    assert.deepEqual([over.pins, over.released], [[], before]);
  });

  it("lasts while a channel hands the digest out", () => {
    const before = [pinned("a", "2020-01-01", "pytorch/pytorch@main")];
    const { pins, kept } = protection({ ...sources, before, handedOut: new Set([digest("a")]) });
    assert.deepEqual(pins, before);
    assert.equal(kept[0]?.why, "a channel hands it out");
  });

  it("lasts while a repository that had the digest was not looked at", () => {
    const before = [pinned("a", "2020-01-01", "pytorch/pytorch@main", "pytorch/audio@main")];
    const { pins, kept } = protection({ ...sources, before });
    assert.deepEqual(pins, before);
    assert.equal(kept[0]?.why, "pytorch/audio@main was not looked at");
  });

  it("lasts while a branch could not be read that had the digest, in a repository whose others were", () => {
    const users = ["pytorch/vision@release/0.2", "pytorch/vision@main"];
    const before = [pinned("a", "2020-01-01", ...users), pinned("b", "2020-01-01", users[1] ?? "")];
    const unread = new Set(["pytorch/vision@release/0.2"]);
    for (const looked of ["every", sources.looked] as const) {
      const { pins, kept, released } = protection({ ...sources, before, looked, unread });
      assert.deepEqual([pins, released], [before.slice(0, 1), before.slice(1)]);
      assert.equal(kept[0]?.why, "pytorch/vision@release/0.2 was not looked at");
    }
  });

  it("remembers who had a digest and was not looked at, when others have it today", () => {
    const users = ["pytorch/audio@main", "pytorch/vision@main", "pytorch/vision@release/0.2"];
    const before = [pinned("a", "2020-01-01", ...users)];
    const unread = new Set(["pytorch/vision@main"]);
    const { pins } = protection({ ...sources, before, seen: [seen("a")], unread });
    assert.deepEqual(pins, [
      pinned("a", "2026-11-21", ...users.slice(0, 2), "pytorch/pytorch@main"),
    ]);
    const later = { ...sources, before: pins, today: "2030-01-01" };
    assert.deepEqual(protection({ ...later, unread }).pins, pins);
    assert.deepEqual(protection({ ...later, looked: "every" }).released, pins);
  });

  it("ends for what is gone from its registry, whoever had it and whatever hands it out", () => {
    const before = [
      pinned("a", "2026-11-20", "pytorch/audio@main"),
      pinned("b", "2026-11-20", "a/b@c"),
    ];
    const absent = (pin: PinnedDigest) => pin.digest === digest("a");
    const result = protection({ ...sources, before, absent, handedOut: new Set([digest("a")]) });
    assert.deepEqual([result.pins, result.gone, result.released], [[before[1]], [before[0]], []]);
  });

  it("ends for what a repository had that is no longer looked at by choice", () => {
    const before = [pinned("a", "2020-01-01", "pytorch/audio@main")];
    assert.deepEqual(protection({ ...sources, before, looked: "every" }).released, before);
  });

  it("is news when digests or users change, and when days are four weeks later", () => {
    const before = [pinned("a", "2026-10-25", "a/b@c", "a/a@c")];
    const [day, later] = [
      pinned("a", "2026-11-21", "a/a@c", "a/b@c"),
      pinned("a", "2026-11-22", "a/a@c", "a/b@c"),
    ];
    assert.deepEqual(
      [isNews(before, before), isNews(before, [day]), isNews(before, [later])],
      [false, false, true],
    );
    assert.ok(isNews(before, []));
    assert.ok(isNews(before, [pinned("b", "2026-10-25", "a/b@c", "a/a@c")]));
    assert.ok(isNews(before, [pinned("a", "2026-10-25", "a/b@c")]));
  });

  it("keeps the same digest of two repositories apart", () => {
    const candidate = { ...seen("a"), repository: "pytorch/tools-candidate" };
    const { pins } = protection({ ...sources, seen: [seen("a"), candidate] });
    assert.equal(pins.length, 2);
  });

  it("takes the label of whoever knows which of the family's images it is, today or before", () => {
    const [family, exact] = ["tools", "tools/cpu"].map((image) => ({ ...seen("a"), image }));
    assert.ok(family !== undefined && exact !== undefined);
    const before = [{ ...pinned("a", "2026-11-01", "a/b@c"), image: "tools/cpu" }];
    for (const [old, ...now] of [
      [[], family, exact, family],
      [[], exact, family],
      [before, family],
    ] as const) {
      const { pins } = protection({ ...sources, before: old, seen: now });
      assert.deepEqual(
        pins.map(({ image }) => image),
        ["tools/cpu"],
      );
    }
    const { pins } = protection({ ...sources, seen: [family] });
    assert.equal(pins[0]?.image, "tools");
  });

  it("never lets a digest go that is seen, whatever was before, and changes nothing on the same day", () => {
    const letters = fc.constantFrom("a", "b", "c", "d");
    const days = fc.constantFrom("2020-01-01", "2026-08-23", "2026-11-01", "2026-11-21");
    const before = fc.uniqueArray(
      fc.tuple(letters, days).map(([letter, day]) => pinned(letter, day, "pytorch/pytorch@main")),
      { selector: (pin) => pin.digest },
    );
    fc.assert(
      fc.property(before, fc.array(letters), (old, now) => {
        const first = protection({ ...sources, before: old, seen: now.map((one) => seen(one)) });
        for (const one of now) {
          assert.ok(first.pins.some((pin) => pin.digest === digest(one)));
          assert.ok(!first.released.some((pin) => pin.digest === digest(one)));
        }
        const again = protection({
          ...sources,
          before: first.pins,
          seen: now.map((one) => seen(one)),
        });
        assert.deepEqual(new Set(again.pins), new Set(first.pins));
        assert.deepEqual([again.added, again.released], [[], []]);
      }),
    );
  });
});
