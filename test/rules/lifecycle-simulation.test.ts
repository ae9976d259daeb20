// Does not prove what ECR does: only that its documented examples and rules come out.
import assert from "node:assert/strict";
import fc from "fast-check";
import { type LifecyclePolicy, readLifecyclePolicy } from "../../rules/lifecycle-policy.ts";
import { simulateLifecycle, type StoredImage } from "../../rules/lifecycle-simulation.ts";
import { anyDigest, DAY, INDEX, MANIFEST } from "./support/stored-images.ts";

const NOW = 1000 * DAY;

/** Selection and limit of a rule in few words: what it selects (`tagged` by its patterns), and a count or days. */
type Draft = readonly [
  select: "any" | "untagged" | readonly string[],
  limit: "count" | "days",
  number: number,
];

function policyOf(...drafts: readonly Draft[]): LifecyclePolicy {
  const rules = drafts.map(([select, limit, countNumber], index) => ({
    rulePriority: index + 1,
    selection: {
      ...(typeof select === "string"
        ? { tagStatus: select }
        : { tagStatus: "tagged", tagPatternList: select }),
      ...(limit === "count"
        ? { countType: "imageCountMoreThan" }
        : { countType: "sinceImagePushed", countUnit: "days" }),
      countNumber,
    },
    action: { type: "expire" },
  }));
  return checked({ rules });
}

function checked(policy: unknown): LifecyclePolicy {
  const read = readLifecyclePolicy(JSON.stringify(policy));
  assert.ok("policy" in read, JSON.stringify(read));
  return read.policy;
}

/** Images A, B, C... of so many days with these tags. */
function listing(...drafts: readonly (readonly [age: number, ...tags: string[]])[]): StoredImage[] {
  return drafts.map(([age, ...tags], index) => ({
    digest: String.fromCharCode(65 + index),
    tags,
    pushedAt: NOW - age * DAY,
    mediaType: MANIFEST,
  }));
}

function gone(policy: LifecyclePolicy, images: readonly StoredImage[], at = NOW): string {
  return [...simulateLifecycle(policy, images, at).keys()].sort().join(" ");
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_examples.html */
describe("simulation of a lifecycle policy, on the examples of ECR's user guide", () => {
  it("multiple rules, A: what a rule before selects is out of a rule's reach", () => {
    const images = listing([10, "beta-1", "prod-1"], [9, "beta-2", "prod-2"], [8, "beta-3"]);
    assert.equal(gone(policyOf([["prod*"], "count", 1], [["beta*"], "count", 1]), images), "A");
  });

  it("multiple rules, B: the order of the rules decides", () => {
    const images = listing([10, "beta-1", "prod-1"], [9, "beta-2", "prod-2"], [8, "beta-3"]);
    assert.equal(gone(policyOf([["beta*"], "count", 1], [["prod*"], "count", 1]), images), "A B");
  });

  it("multiple tags, A: all patterns of a rule must match", () => {
    const images = listing(
      [12, "alpha-1"],
      [11, "beta-1"],
      [10, "alpha-2", "beta-2"],
      [4, "alpha-3"],
      [3, "beta-3"],
      [2, "alpha-4", "beta-4"],
    );
    assert.equal(gone(policyOf([["alpha*", "beta*"], "days", 5]), images), "C");
  });

  it("multiple tags, B: other tags do not matter", () => {
    const images = listing(
      [10, "alpha-1", "beta-1", "gamma-1"],
      [9, "alpha-2", "beta-2"],
      [8, "alpha-3", "beta-3", "gamma-2"],
    );
    assert.equal(gone(policyOf([["alpha*", "beta*"], "count", 1]), images), "A B");
  });

  it("all images, A: with and without tags", () => {
    const images = listing([4, "alpha-1"], [3, "beta-1"], [2], [1, "alpha-2"]);
    assert.equal(gone(policyOf(["any", "count", 1]), images), "A B C");
  });

  it("all images, B: every kind of rule together, and a day is older only when it is over", () => {
    const images = listing([4, "alpha-1", "beta-1"], [3], [2, "alpha-2"], [1.5, "hash"], [1]);
    const policy = policyOf([["alpha*"], "count", 1], ["untagged", "days", 1], ["any", "count", 1]);
    assert.equal(gone(policy, images), "A B D");
    const rules = [...simulateLifecycle(policy, images, NOW).values()];
    assert.deepEqual(
      rules.map(({ rule }) => rule.rulePriority),
      [1, 2, 3],
    );
  });

  it("archive: by the last pull, else the push, and after so long in the archive", () => {
    const days = { tagStatus: "any", countUnit: "days" };
    const policy = checked({
      rules: [
        {
          rulePriority: 1,
          selection: { ...days, countType: "sinceImagePulled", countNumber: 90 },
          action: { type: "transition", targetStorageClass: "archive" },
        },
        {
          rulePriority: 2,
          selection: {
            ...days,
            storageClass: "archive",
            countType: "sinceImageTransitioned",
            countNumber: 365,
          },
          action: { type: "expire" },
        },
      ],
    });
    const ago = (days: number) => NOW - days * DAY;
    const [a, b, c, d, e, f] = listing([500], [500], [500], [500], [500], [500]);
    const images: StoredImage[] = [
      a!,
      { ...b!, pulledAt: ago(5) },
      { ...c!, pulledAt: ago(400), activatedAt: ago(10) },
      { ...d!, pulledAt: ago(91), activatedAt: ago(300) },
      { ...e!, archivedAt: ago(366) },
      { ...f!, archivedAt: ago(365) },
    ];
    const removals = simulateLifecycle(policy, images, NOW);
    assert.deepEqual(
      [...removals].map(([digest, { action }]) => `${digest} ${action}`),
      ["A transition", "D transition", "E expire"],
    );
  });
});

describe("simulation of a lifecycle policy", () => {
  it("matches wildcards anywhere, anchored at both ends, and prefixes at the front", () => {
    const selected = (pattern: string) =>
      gone(policyOf([[pattern], "days", 1]), listing([9, "a"], [9, "aa"], [9, "a-b-a"], [9, "b"]));
    assert.equal(selected("*"), "A B C D");
    assert.equal(selected("a"), "A");
    assert.equal(selected("a*"), "A B C");
    assert.equal(selected("a*a"), "B C");
    assert.equal(selected("*b*"), "C D");
    assert.equal(selected("*a*b*a"), "C");
    assert.equal(selected("**b"), "D");
    const byPrefix = checked({
      rules: [
        {
          rulePriority: 1,
          selection: {
            tagStatus: "tagged",
            tagPrefixList: ["a-", "b"],
            countType: "imageCountMoreThan",
            countNumber: 1,
          },
          action: { type: "expire" },
        },
      ],
    });
    assert.equal(gone(byPrefix, listing([3, "a-1", "b"], [2, "a", "b"], [1, "a-2", "b2"])), "A");
  });

  it("matches a pattern exactly when its regular expression does", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 6 });
    const pattern = fc
      .array(text, { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join("*"))
      .filter((pattern) => pattern !== "");
    fc.assert(
      fc.property(pattern, text, (pattern, tag) => {
        const matches = gone(policyOf([[pattern], "days", 1]), listing([9, tag])) === "A";
        assert.equal(matches, new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(tag));
      }),
      { numRuns: 5000 },
    );
  });

  it("keeps what an index that stays lists, through an index of indexes, and lets it go with the index", () => {
    const [outer, inner, leaf, alone] = listing([1, "v1"], [9], [9], [9]);
    const images: StoredImage[] = [
      { ...outer!, mediaType: INDEX, children: ["B"] },
      { ...inner!, mediaType: INDEX, children: ["C"] },
      leaf!,
      alone!,
    ];
    assert.equal(gone(policyOf(["untagged", "days", 5]), images), "D");
    assert.equal(gone(policyOf(["any", "days", 5]), images, NOW + 5 * DAY), "A B C D");
  });

  it("counts what came back from the archive from then on", () => {
    const [a, b] = listing([500, "v1"], [9, "v2"]);
    const images = [{ ...a!, activatedAt: NOW - DAY }, b!];
    assert.equal(gone(policyOf([["v*"], "days", 5]), images), "B");
    assert.equal(gone(policyOf([["v*"], "count", 1]), images), "B");
  });

  it("lets signatures and lists of contents go with their image", () => {
    const [image, signature] = listing([9, "v1"], [1]);
    const policy = policyOf([["v*"], "days", 5]);
    assert.equal(gone(policy, [image!, { ...signature!, subject: "A" }]), "A B");
    assert.equal(gone(policy, [image!, { ...signature!, subject: "elsewhere" }]), "A");
  });

  const select = fc.oneof(
    fc.constantFrom<Draft[0]>("untagged", ["a*"], ["b*"], ["*a*", "*b*"], ["*"]),
  );
  const number = fc.integer({ min: 1, max: 6 });
  const rules = (limit: fc.Arbitrary<Draft[1]>) =>
    fc
      .tuple(
        fc.uniqueArray(fc.tuple(select, limit, number), {
          maxLength: 4,
          selector: ([which]) => JSON.stringify(which),
        }),
        fc.tuple(fc.constant("any" as const), limit, number),
      )
      .map(([drafts, last]) => policyOf(...drafts, last));
  const anyLimit = fc.constantFrom<Draft[1]>("count", "days");
  const images = fc
    .array(
      fc.record({
        tags: fc.subarray(["a", "b", "ab", "c"]),
        age: fc.integer({ min: 0, max: 12 }),
        children: fc.option(fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 3 })),
      }),
      { maxLength: 10 },
    )
    .map((drafts) =>
      drafts.map(({ tags, age, children }, index): StoredImage => ({
        digest: anyDigest(index),
        tags,
        pushedAt: NOW - age * DAY,
        mediaType: children ? INDEX : MANIFEST,
        ...(children && { children: children.map(anyDigest) }),
      })),
    );

  it("never brings back with time what it took", () => {
    const days = fc.integer({ min: 0, max: 12 });
    fc.assert(
      fc.property(rules(anyLimit), images, days, days, (policy, images, some, more) => {
        const before = simulateLifecycle(policy, images, NOW + some * DAY);
        const after = simulateLifecycle(policy, images, NOW + (some + more) * DAY);
        for (const digest of before.keys()) assert.ok(after.has(digest));
      }),
      { numRuns: 3000 },
    );
  });

  it("takes an image by the first rule that selects it, or not at all", () => {
    fc.assert(
      fc.property(rules(anyLimit), images, (policy, images) => {
        const removals = simulateLifecycle(policy, images, NOW);
        for (const image of images) {
          const taken = removals.get(image.digest)?.rule.rulePriority;
          if (taken === undefined) continue;
          const alone = (limit: number) =>
            policy.rules.filter((rule) => rule.rulePriority <= limit);
          // Whether a rule selects the image: alone and with its limit passed, it would take it.
          const first = policy.rules.find(({ rulePriority, selection, ...rule }) => {
            const { tagStatus, tagPatternList } = selection;
            const passed = {
              countType: "sinceImagePushed",
              countUnit: "days",
              countNumber: 1,
            } as const;
            const only = {
              ...rule,
              rulePriority,
              selection: { tagStatus, ...(tagPatternList && { tagPatternList }), ...passed },
            };
            return simulateLifecycle({ rules: [only] }, [image], NOW + 99 * DAY).size === 1;
          });
          assert.equal(taken, first?.rulePriority);
          // Rules of a lower priority change nothing about it.
          const without = images.map((image) => ({ ...image, children: [] }));
          const single = simulateLifecycle({ rules: alone(taken) }, without, NOW);
          assert.equal(single.get(image.digest)?.rule.rulePriority, taken);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("says the same whatever the order of images and rules", () => {
    fc.assert(
      fc.property(rules(anyLimit), images, (policy, images) => {
        const reversed = { rules: [...policy.rules].reverse() };
        assert.deepEqual(
          new Map([...simulateLifecycle(reversed, [...images].reverse(), NOW)].sort()),
          new Map([...simulateLifecycle(policy, images, NOW)].sort()),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves no index without what it lists", () => {
    fc.assert(
      fc.property(rules(anyLimit), images, (policy, images) => {
        const removals = simulateLifecycle(policy, images, NOW);
        for (const { digest, children = [] } of images) {
          if (removals.has(digest)) continue;
          for (const child of children) assert.ok(!removals.has(child));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
