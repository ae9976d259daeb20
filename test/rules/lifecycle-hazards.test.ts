import assert from "node:assert/strict";
import fc from "fast-check";
import { lifecycleHazards } from "../../rules/lifecycle-hazards.ts";
import { readLifecyclePolicy, type LifecyclePolicy } from "../../rules/lifecycle-policy.ts";
import { simulateLifecycle, type StoredImage } from "../../rules/lifecycle-simulation.ts";
import { FORGET_UNNAMED_CACHE } from "../../rules/build-cache.ts";
import { KEEP_PINNED_CONTENT, lifecyclePolicy } from "../../rules/lifecycle.ts";

const DAY = 86_400_000;
const NOW = 40_000 * DAY;

const tagged = fc.oneof(
  fc.constantFrom("pin-*", "pin*", "*", "cuda*", "pin-a*", "*-k*", "p*").map((pattern) => ({
    tagStatus: "tagged",
    tagPatternList: [pattern],
  })),
  fc.constantFrom("pin-", "cuda", "p").map((prefix) => ({
    tagStatus: "tagged",
    tagPrefixList: [prefix],
  })),
);
const selected = fc.oneof(tagged, fc.constantFrom({ tagStatus: "untagged" }, { tagStatus: "any" }));
const limit = fc.oneof(
  fc.constantFrom(1, 90, 36_499, 36_500, 50_000).map((countNumber) => ({
    countType: "sinceImagePushed",
    countUnit: "days",
    countNumber,
  })),
  fc.constantFrom(1, 3, 10_000).map((countNumber) => ({
    countType: "imageCountMoreThan",
    countNumber,
  })),
);
/** What ECR takes, of any one to four rules. */
const policy = fc
  .array(fc.tuple(selected, limit), { minLength: 1, maxLength: 4 })
  .map((rules) =>
    readLifecyclePolicy(
      JSON.stringify({
        rules: rules.map(([selection, count], index) => ({
          rulePriority: index + 1,
          selection: { ...selection, ...count },
          action: { type: "expire" },
        })),
      }),
    ),
  )
  .filter((read): read is { readonly policy: LifecyclePolicy } => "policy" in read)
  .map((read) => read.policy);

const images = fc.array(
  fc.record({
    tags: fc.subarray(["pin-a1", "pin-b2", "cuda12.8-k0", "cpu-k1"]),
    // No image of ours is a hundred years old.
    age: fc.constantFrom(0, 2, 100, 36_499),
  }),
  { minLength: 1, maxLength: 8 },
);

describe("lifecycleHazards", () => {
  it("finds nothing in what repositories of content and of caches have", () => {
    assert.deepEqual(lifecycleHazards(lifecyclePolicy(KEEP_PINNED_CONTENT)), []);
    assert.deepEqual(lifecycleHazards(lifecyclePolicy(FORGET_UNNAMED_CACHE)), []);
  });

  it("finds nothing only where ECR never takes away what is pinned", () => {
    let safe = 0;
    fc.assert(
      fc.property(policy, images, (rules, stored) => {
        if (lifecycleHazards(rules).length > 0) return;
        safe++;
        const there: readonly StoredImage[] = stored.map(({ tags, age }, index) => ({
          digest: `sha256:${index}`,
          tags,
          pushedAt: NOW - age * DAY,
          mediaType: "application/vnd.oci.image.manifest.v1+json",
        }));
        const removals = simulateLifecycle(rules, there, NOW);
        const lost = there.filter(({ digest, tags }) => tags.length > 0 && removals.has(digest));
        assert.deepEqual(lost, []);
      }),
      { numRuns: 2000 },
    );
    assert.ok(safe > 20, String(safe));
  });

  it("names the rule, and what it takes", () => {
    const [untagged, any] = [KEEP_PINNED_CONTENT[1]!, KEEP_PINNED_CONTENT[2]!];
    assert.deepEqual(lifecycleHazards(lifecyclePolicy([untagged, any])), [
      "rule 2 deletes content with a pin- name: no rule before it keeps that",
    ]);
    const byAge = { description: "a year", tagged: { patterns: ["pin-*"] }, olderThanDays: 365 };
    assert.deepEqual(lifecycleHazards(lifecyclePolicy([byAge])), [
      "rule 1 deletes content with a pin- name: no rule before it keeps that",
    ]);
    const few = { description: "few", any: true, moreThan: 50 } as const;
    assert.deepEqual(lifecycleHazards(lifecyclePolicy([KEEP_PINNED_CONTENT[0]!, few])), [
      "rule 2 deletes named content below the newest 50, which a family soon has; keep 1000 at least",
    ]);
  });
});
