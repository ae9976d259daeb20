import assert from "node:assert/strict";
import fc from "fast-check";
import { type LifecycleRule, lifecyclePolicy } from "../../../rules/lifecycle.ts";
import { KEEP_PINNED_CONTENT } from "../../../rules/lifecycle.ts";
import { simulateLifecycle, type StoredImage } from "../../../rules/lifecycle-simulation.ts";
import { pinName } from "../../../rules/names.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import { protection } from "../../../rules/pins/protection.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const START = Date.parse("2026-01-05");
const OCI = "application/vnd.oci.image.manifest.v1+json";
const place = { repository: "pytorch/tools", image: "tools" };

/** Slipway's own rules with a number that a year reaches: of images without protection few are left. */
const TIGHT: readonly LifecycleRule[] = KEEP_PINNED_CONTENT.map((rule) =>
  rule.moreThan === undefined ? rule : { ...rule, moreThan: 4 },
);

/** Somebody who bumps to the newest digest in some weeks and not in others. */
interface User {
  readonly name: string;
  /** For each week of the year. */
  readonly bumps: readonly boolean[];
}

interface Year {
  readonly users: readonly User[];
  /** Weeks in which nobody looked what is pinned, at most two in a row. */
  readonly unlooked: readonly boolean[];
}

const year: fc.Arbitrary<Year> = fc.record({
  users: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("a/a@main", "a/a@release/1", "b/b@main", "c/c@main", "d/d@main"),
      bumps: fc.array(fc.boolean(), { minLength: 52, maxLength: 52 }),
    }),
    { minLength: 1, selector: ({ name }) => name },
  ),
  unlooked: fc
    .array(fc.boolean(), { minLength: 52, maxLength: 52 })
    .map((weeks) => weeks.map((miss, week) => miss && week % 3 !== 0)),
});

/** Digests that somebody pinned when the registry no longer had them. */
function lostIn({ users, unlooked }: Year, protects: boolean): readonly string[] {
  let stored: readonly StoredImage[] = [];
  let file: readonly PinnedDigest[] = [];
  const pinned = new Map<string, string>();
  const lost: string[] = [];
  for (let week = 0; week < 52; week++) {
    const now = START + week * WEEK;
    const digest = `sha256:${week.toString(16).padStart(64, "0")}`;
    const tags = [`k${week.toString(16).padStart(40, "0")}`];
    stored = [...stored, { digest, tags, pushedAt: now, mediaType: OCI }];
    for (const { name, bumps } of users) {
      if (bumps[week] === true || !pinned.has(name)) pinned.set(name, digest);
    }
    if (protects && unlooked[week] !== true) {
      file = protection({
        before: file,
        seen: [...pinned].map(([user, one]) => ({ ...place, digest: one, user })),
        looked: new Set(users.map(({ name }) => name.slice(0, name.indexOf("@")))),
        handedOut: new Set([digest]),
        absent: () => false,
        today: new Date(now).toISOString().slice(0, 10),
        grace: 4 * WEEK,
      }).pins;
      const names = new Set(file.map((pin) => pinName(pin.digest)));
      stored = stored.map((image) => {
        const own = image.tags.filter((tag) => !tag.startsWith("pin-"));
        const name = pinName(image.digest);
        return { ...image, tags: names.has(name) ? [...own, name] : own };
      });
    }
    // Just before the next week's push: as far as the policy goes by then.
    const gone = simulateLifecycle(lifecyclePolicy(TIGHT), stored, now + WEEK - 1);
    stored = stored.filter((image) => !gone.has(image.digest));
    const left = new Set(stored.map((image) => image.digest));
    lost.push(...[...pinned.values()].filter((one) => !left.has(one)));
  }
  return lost;
}

describe("a year of retention with weekly publications", () => {
  it("never takes a digest that somebody pins, however rarely they bump", () => {
    fc.assert(fc.property(year, (one) => assert.deepEqual(lostIn(one, true), [])));
  });

  it("would take some without protection", () => {
    const never = { name: "a/a@main", bumps: Array.from({ length: 52 }, () => false) };
    assert.notEqual(lostIn({ users: [never], unlooked: [] }, false).length, 0);
  });

  it("lets go of what nobody pins any more", () => {
    const always = { name: "a/a@main", bumps: Array.from({ length: 52 }, () => true) };
    let most = 0;
    let file: readonly PinnedDigest[] = [];
    for (let week = 0; week < 52; week++) {
      const digest = `sha256:${week.toString(16).padStart(64, "0")}`;
      file = protection({
        before: file,
        seen: [{ ...place, digest, user: always.name }],
        looked: new Set(["a/a"]),
        handedOut: new Set([digest]),
        absent: () => false,
        today: new Date(START + week * WEEK).toISOString().slice(0, 10),
        grace: 4 * WEEK,
      }).pins;
      most = Math.max(most, file.length);
    }
    assert.equal(most, 5);
  });
});
