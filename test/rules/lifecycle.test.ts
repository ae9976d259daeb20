import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { readLifecyclePolicy } from "../../rules/lifecycle-policy.ts";
import { type StoredImage, simulateLifecycle } from "../../rules/lifecycle-simulation.ts";
import { KEEP_PINNED_CONTENT, lifecyclePolicy, type LifecycleRule } from "../../rules/lifecycle.ts";
import { contentName, pinName } from "../../rules/names.ts";
import { platformTag } from "../../rules/platform.ts";
import { anyDigest, DAY, INDEX, MANIFEST } from "./support/stored-images.ts";

const description = "a rule";

describe("lifecycle", () => {
  it("keeps pinned content, exactly as in the golden document", () => {
    const golden = new URL("../golden/lifecycle-policy.json", import.meta.url);
    assert.deepEqual(
      lifecyclePolicy(KEEP_PINNED_CONTENT),
      JSON.parse(readFileSync(golden, "utf8")),
    );
  });

  it("writes every kind of rule in ECR's words", () => {
    const rules: LifecycleRule[] = [
      { description, tagged: { prefixes: ["build-"] }, olderThanDays: 2 },
      { description, tagged: { patterns: ["*-rc*"] }, moreThan: 10 },
      { description, any: true, moreThan: 9000 },
    ];
    assert.deepEqual(
      lifecyclePolicy(rules).rules.map(({ selection }) => selection),
      [
        {
          tagStatus: "tagged",
          tagPrefixList: ["build-"],
          countType: "sinceImagePushed",
          countUnit: "days",
          countNumber: 2,
        },
        {
          tagStatus: "tagged",
          tagPatternList: ["*-rc*"],
          countType: "imageCountMoreThan",
          countNumber: 10,
        },
        { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 9000 },
      ],
    );
  });

  it("refuses all rules that ECR would refuse, at once", () => {
    const rules: LifecycleRule[] = [
      { description, any: true, moreThan: 5 },
      { description: "x".repeat(257), untagged: true, moreThan: 0 },
      { description, tagged: { patterns: ["*a*b*c*d*"] }, olderThanDays: 1 },
    ];
    assert.throws(() => lifecyclePolicy(rules), {
      name: "ProblemsError",
      message: [
        "lifecycle policy: 4 problems",
        "  rules[0].rulePriority: 1 for any image, while another rule has 3; ECR wants any to have the highest number",
        `  rules[1].description: "${"x".repeat(79)} is not a text of at most 256 characters`,
        "  rules[1].selection.countNumber: 0 is not a whole number from 1",
        '  rules[2].selection.tagPatternList: "*a*b*c*d*" holds 5 wildcards; ECR takes 4',
      ].join("\n"),
    });
  });

  it("gives whatever it accepts strictly rising priorities, with any last", () => {
    const limit = fc.oneof(
      fc.record({ olderThanDays: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ moreThan: fc.integer({ min: 1, max: 400 }) }),
    );
    const selection = fc.constantFrom(
      { tagged: { prefixes: ["v"] } },
      { tagged: { patterns: ["v*"] } },
      { untagged: true as const },
      { any: true as const },
    );
    const rule = fc
      .tuple(selection, limit)
      .map(([which, when]): LifecycleRule => ({ description, ...which, ...when }));
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 5 }), (rules) => {
        let policy;
        try {
          policy = lifecyclePolicy(rules);
        } catch (error) {
          assert.equal(error instanceof Error && error.name, "ProblemsError");
          return;
        }
        const priorities = policy.rules.map(({ rulePriority }) => rulePriority);
        assert.deepEqual(
          priorities,
          rules.map((_, index) => index + 1),
        );
        const any = policy.rules.findIndex(({ selection: { tagStatus } }) => tagStatus === "any");
        assert.ok(any === -1 || any === rules.length - 1);
      }),
    );
  });
});

describe("what is kept by default", () => {
  const policy = lifecyclePolicy(KEEP_PINNED_CONTENT);
  /** The same rules with a cap that a test can reach. */
  const tight = readLifecyclePolicy(
    JSON.stringify(policy).replace('"countNumber":10000', '"countNumber":1'),
  );
  assert.ok("policy" in tight && tight.policy.rules[2]?.selection.countNumber === 1);

  const KEY = "0123456789abcdef0123456789abcdef01234567";
  const names = fc.subarray([
    contentName("cuda12.8", KEY),
    contentName(undefined, KEY),
    platformTag(contentName("cuda12.8", KEY), "linux/arm64"),
    `cuda12.8-${KEY}`,
  ]);
  /** Image or index of a registry where, as `slipway record` leaves it, the children of a pinned index are pinned. */
  const repository = fc
    .array(fc.record({ names, isPinned: fc.boolean(), age: fc.integer({ min: 0, max: 40_000 }) }), {
      maxLength: 12,
    })
    .chain((drafts) =>
      fc.tuple(
        fc.constant(drafts),
        fc.array(fc.array(fc.nat({ max: 11 }), { maxLength: 3 }), {
          minLength: drafts.length,
          maxLength: drafts.length,
        }),
      ),
    )
    .map(([drafts, lists]) =>
      drafts.map(({ names, isPinned, age }, place): StoredImage => {
        const digest = anyDigest(place);
        // Later ones only, so that no index lists itself.
        const children = lists[place]!.filter((child) => child > place && child < drafts.length);
        return {
          digest,
          tags: isPinned ? [...names, pinName(digest)] : names,
          pushedAt: -age * DAY,
          mediaType: children.length > 0 ? INDEX : MANIFEST,
          ...(children.length > 0 && { children: children.map(anyDigest) }),
        };
      }),
    );
  /** A hundred years after the newest push, less what the oldest rule allows. */
  const moment = fc.integer({ min: 0, max: 400 }).map((days) => days * DAY);
  const isPinned = ({ tags }: StoredImage) => tags.some((tag) => tag.startsWith("pin-"));

  it("is every pinned image for a hundred years, and every child of a pinned index", () => {
    fc.assert(
      fc.property(repository, moment, (drafts, at) => {
        const images = drafts.filter(({ pushedAt }) => at - pushedAt <= 36_500 * DAY);
        const gone = simulateLifecycle(tight.policy, images, at);
        for (const image of images.filter(isPinned)) {
          assert.ok(!gone.has(image.digest), "a pinned image");
          for (const child of image.children ?? []) assert.ok(!gone.has(child), "its child");
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("does not hang on ECR's care for indexes where the children are pinned too", () => {
    fc.assert(
      fc.property(repository, moment, (drafts, at) => {
        const young = drafts.filter(({ pushedAt }) => at - pushedAt <= 36_500 * DAY);
        const pinned = new Set(young.filter(isPinned).flatMap(({ children = [] }) => children));
        const images = young.map(({ digest, tags, pushedAt, mediaType }): StoredImage => {
          const all = pinned.has(digest) ? [...tags, pinName(digest)] : tags;
          return { digest, tags: all, pushedAt, mediaType };
        });
        const gone = simulateLifecycle(tight.policy, images, at);
        for (const { digest } of images.filter(isPinned)) assert.ok(!gone.has(digest));
      }),
      { numRuns: 2000 },
    );
  });

  it("is named content that is not pinned, until it is below the newest 10,000 images", () => {
    const named = Array.from({ length: 10_001 }, (_, place): StoredImage => {
      const digest = anyDigest(place);
      return { digest, tags: [`t-${place}`], pushedAt: place, mediaType: MANIFEST };
    });
    const gone = simulateLifecycle(policy, named, 1000 * DAY);
    assert.deepEqual([...gone.keys()], [anyDigest(0)]);
    assert.deepEqual(gone.get(anyDigest(0))?.rule.rulePriority, 3);
  });

  it("is content without a name for two weeks", () => {
    const image = { digest: anyDigest(1), tags: [], pushedAt: 0, mediaType: MANIFEST };
    assert.equal(simulateLifecycle(policy, [image], 14 * DAY).size, 0);
    assert.equal(simulateLifecycle(policy, [image], 14 * DAY + 1).size, 1);
  });
});
