/*
 * Does not prove what ECR does, see lifecycle-simulation.ts; nor that people merge within four weeks. What it holds is that
 * protection keeps up with retention when they do: by the rules as they are, for code as people write it.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  KEEP_PINNED_CONTENT,
  type LifecycleRule,
  lifecyclePolicy,
} from "../../../rules/lifecycle.ts";
import { simulateLifecycle, type StoredImage } from "../../../rules/lifecycle-simulation.ts";
import { pinName } from "../../../rules/names.ts";
import { attribute } from "../../../rules/pins/attribution.ts";
import { managedImages } from "../../../rules/pins/managed-images.ts";
import { type HostedPin, pinsOfPlaces } from "../../../rules/pins/pins-of-places.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import { isNews, protection } from "../../../rules/pins/protection.ts";
import { scanText } from "../../../rules/pins/scan.ts";
import { readTextFile } from "../../../rules/pins/text-file.ts";

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const WEEKS = 52;
const START = Date.parse("2026-01-05");
const OCI = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const LABEL = "ci-image/cuda12.8";
const REPOSITORY = "pytorch/ci-image";
const NAME = `ghcr.io/${REPOSITORY}`;
/** A family with several images: a name and a digest alone do not tell which one it is. */
const IMAGES = managedImages(
  {
    owner: "pytorch",
    families: [
      { name: "ci-image", accelerators: ["cpu", "cuda12.8"], hosts: ["localhost:5000", "ghcr.io"] },
    ],
  },
  [],
);

/** An index and what it lists. */
const IMAGES_A_WEEK = 3;
/**
 * Weeks in which the newest 10,000 images of a repository are pushed when that is 178 a day. Until a pin has its name it
 * takes two weeks in which nobody looked, and four for the proposal: this is what is left for both.
 */
const NEWEST = 8;

/** Slipway's own rules, with a week's push in the place of 1,250 images. */
function rulesOf(newest: number): readonly LifecycleRule[] {
  return KEEP_PINNED_CONTENT.map((rule) => {
    if (rule.moreThan === undefined) return rule;
    assert.equal(rule.moreThan, 10_000);
    return { ...rule, moreThan: newest * IMAGES_A_WEEK };
  });
}

/** What somebody's code looks like. */
const FORMS = {
  bare: (digest: string) => `    image: ${NAME}@${digest}\n`,
  tagged: (digest: string) => `    image: ${NAME}:cuda12.8-main@${digest}\n`,
  split: (digest: string) => `IMAGE = (\n    "${NAME}@"\n    "${digest}"\n)\n`,
  nearby: (digest: string) => `image:\n  repository: ${NAME}\n  digest: ${digest}\n`,
} as const;

/** Somebody who bumps to the newest digest in some weeks and not in others. */
interface User {
  readonly name: string;
  readonly form: keyof typeof FORMS;
  /** Whether that is the digest of one platform, which has no name of its own. */
  readonly platform: boolean;
  /** For each week of the year. */
  readonly bumps: readonly boolean[];
}

interface Year {
  readonly users: readonly User[];
  /** Weeks in which nobody looked what is pinned, at most two in a row. */
  readonly unlooked: readonly boolean[];
  /** Weeks from a proposal that is opened in each week to the names: for its review, its merge and the next update. */
  readonly lags: readonly number[];
}

const weeks = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: WEEKS, maxLength: WEEKS });
const year: fc.Arbitrary<Year> = fc.record({
  users: fc.uniqueArray(
    fc.record({
      name: fc.constantFrom("a/a@main", "a/a@release/1", "b/b@main", "c/c@main", "d/d@main"),
      form: fc.constantFrom("bare", "tagged", "split", "nearby"),
      platform: fc.boolean(),
      bumps: fc.oneof(
        weeks(fc.boolean()),
        weeks(fc.constant(false)),
        weeks(fc.nat(9).map((roll) => roll === 0)),
      ),
    }),
    { minLength: 1, selector: ({ name }) => name },
  ),
  unlooked: weeks(fc.boolean()).map((all) => all.map((miss, week) => miss && week % 3 !== 0)),
  lags: weeks(fc.nat(4)),
});

const digestOf = (week: number, part: number) =>
  `sha256:${(week * IMAGES_A_WEEK + part).toString(16).padStart(64, "0")}`;

/** What is pushed in a week: two platforms without a name, and the index that lists them. */
function pushed(week: number): readonly StoredImage[] {
  const pushedAt = START + week * WEEK;
  const children = [digestOf(week, 1), digestOf(week, 2)];
  const tags = [`cuda12.8-k${week.toString(16).padStart(40, "0")}`];
  return [
    ...children.map((digest) => ({ digest, tags: [], pushedAt, mediaType: OCI })),
    { digest: digestOf(week, 0), tags, pushedAt, mediaType: INDEX, children },
  ];
}

/** What a look finds: by the code itself, the list that is published that week, and the file. */
function seenIn(
  texts: ReadonlyMap<string, string>,
  handedOut: string,
  file: readonly PinnedDigest[],
  stored: readonly StoredImage[],
): readonly HostedPin[] {
  const listed = { digest: handedOut, repository: REPOSITORY, image: LABEL };
  const placed = [...file, listed];
  const known = new Map(
    [...Map.groupBy(placed, ({ digest }) => digest)].map(([digest, all]) => [
      digest,
      [...new Set(all.map(({ image }) => image))],
    ]),
  );
  return [...texts].flatMap(([user, text]) => {
    const read = readTextFile("ci.yml", Buffer.from(text));
    assert.ok(read !== undefined);
    const places = attribute(scanText(read, IMAGES), known);
    const pins = pinsOfPlaces(places, { user, placed, managed: IMAGES });
    const isStored = ({ digest, repository }: HostedPin) =>
      repository === REPOSITORY && stored.some((one) => one.digest === digest);
    return pins.filter((pin) => pin.nearby !== true || isStored(pin));
  });
}

/** Gives the file's digests their names, with what an index lists, and takes others away unless they are an image's last. */
function named(
  stored: readonly StoredImage[],
  file: readonly PinnedDigest[],
): readonly StoredImage[] {
  const pins = new Set(file.map(({ digest }) => digest));
  const lists = stored.filter(({ digest }) => pins.has(digest));
  for (const { children = [] } of lists) for (const child of children) pins.add(child);
  return stored.map((image) => {
    const own = image.tags.filter((tag) => !tag.startsWith("pin-"));
    if (pins.has(image.digest)) return { ...image, tags: [...own, pinName(image.digest)] };
    return own.length === 0 ? image : { ...image, tags: own };
  });
}

/** Digests that somebody pinned when the registry no longer had them, each with the week. */
function lostIn(
  { users, unlooked, lags }: Year,
  { protects = true, newest = NEWEST } = {},
): readonly string[] {
  const policy = lifecyclePolicy(rulesOf(newest));
  let stored: readonly StoredImage[] = [];
  let file: readonly PinnedDigest[] = [];
  let open: { readonly pins: readonly PinnedDigest[]; readonly due: number } | undefined;
  const pinned = new Map<string, string>();
  const texts = new Map<string, string>();
  const lost: string[] = [];
  for (let week = 0; week < WEEKS; week++) {
    stored = [...stored, ...pushed(week)];
    const handedOut = digestOf(week, 0);
    for (const { name, bumps, form, platform } of users) {
      if (bumps[week] !== true && pinned.has(name)) continue;
      const digest = platform ? digestOf(week, 1) : handedOut;
      pinned.set(name, digest);
      texts.set(name, FORMS[form](digest));
    }
    if (protects && unlooked[week] !== true) {
      // Whoever looks sees the file as it was merged, and brings the proposal that is open up to date.
      const { pins } = protection({
        before: file,
        seen: seenIn(texts, handedOut, file, stored),
        looked: "every",
        unread: new Set(),
        handedOut: new Set(pushed(week).map(({ digest }) => digest)),
        absent: () => false,
        today: new Date(START + week * WEEK).toISOString().slice(0, 10),
        grace: 90 * DAY,
      });
      const due = open?.due ?? week + (lags[week] ?? 0);
      open = isNews(file, pins) ? { pins, due } : undefined;
    }
    if (open !== undefined && open.due <= week) {
      file = open.pins;
      open = undefined;
      stored = named(stored, file);
    }
    // Just before the next week's push: as far as the policy goes by then.
    const gone = simulateLifecycle(policy, stored, START + (week + 1) * WEEK - 1);
    stored = stored.filter((image) => !gone.has(image.digest));
    const left = new Set(stored.map((image) => image.digest));
    lost.push(...[...pinned.values()].filter((one) => !left.has(one)));
  }
  return lost;
}

const never = Array.from({ length: WEEKS }, () => false);
/** Somebody who never bumps, in a year in which every proposal takes four weeks. */
const slow = (form: User["form"], platform = false): Year => ({
  users: [{ name: "a/a@main", form, platform, bumps: never }],
  unlooked: [],
  lags: Array.from({ length: WEEKS }, () => 4),
});

describe("a year of retention with weekly publications", function () {
  this.timeout(120_000);

  it("never takes a digest that somebody pins, however rarely they bump and late the names come", () => {
    fc.assert(fc.property(year, (one) => assert.deepEqual(lostIn(one), [])));
  });

  it("takes none for the form in which somebody writes it", () => {
    for (const form of Object.keys(FORMS) as (keyof typeof FORMS)[]) {
      for (const platform of [false, true]) assert.deepEqual(lostIn(slow(form, platform)), []);
    }
  });

  it("would take some without protection, and where names come later than 10,000 images", () => {
    for (const platform of [false, true]) {
      const one = slow("bare", platform);
      assert.notEqual(lostIn(one, { protects: false }).length, 0);
      assert.notEqual(lostIn(one, { newest: 3 }).length, 0);
    }
  });

  it("lets go of what nobody pins any more", () => {
    const pin = { repository: REPOSITORY, image: LABEL, user: "a/a@main" };
    let most = 0;
    let file: readonly PinnedDigest[] = [];
    for (let week = 0; week < WEEKS; week++) {
      const digest = digestOf(week, 0);
      file = protection({
        before: file,
        seen: [{ ...pin, digest }],
        looked: new Set(["a/a"]),
        unread: new Set(),
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
