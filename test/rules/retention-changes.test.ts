import assert from "node:assert/strict";
import { KEEP_PINNED_CONTENT, lifecyclePolicy } from "../../rules/lifecycle.ts";
import { knownResources } from "../../rules/known-resource.ts";
import { retentionChanges } from "../../rules/retention-changes.ts";
import type { Declared } from "../../rules/snapshot-changes.ts";

const host = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
const content = `cpu-k${"a".repeat(40)}`;

function ecr(path: string, forceDelete: boolean): Declared {
  return { type: "aws:ecr/repository:Repository", name: path, inputs: { name: path, forceDelete } };
}

function named(...repositories: readonly string[]): Declared {
  return {
    type: "slipway:index:ImageName",
    name: "ci-image/cpu-name",
    inputs: {
      contentName: content,
      registries: repositories.map((repository) => ({ repository, floatingNames: [] })),
    },
  };
}

function lifecycle(days: number): Declared {
  const rules = KEEP_PINNED_CONTENT.map((rule) =>
    "untagged" in rule ? { description: "x", untagged: true as const, olderThanDays: days } : rule,
  );
  const policy = JSON.stringify(lifecyclePolicy(rules));
  return {
    type: "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    name: "ci-image-lifecycle",
    inputs: { repository: "pytorch/ci-image", policy },
  };
}

function changes(
  old: readonly Declared[],
  now: readonly Declared[],
  more: Partial<Parameters<typeof retentionChanges>[0]> = {},
) {
  return retentionChanges({
    old: knownResources(old),
    now: knownResources(now),
    images: [],
    protect: false,
    ...more,
  });
}

describe("retention changes", () => {
  it("tell rules of a lifecycle policy that come and go, in words", () => {
    const rule = { kind: "rule", repository: "pytorch/ci-image" } as const;
    assert.deepEqual(changes([lifecycle(14)], [lifecycle(7)]), [
      { ...rule, change: "begins", rule: "2: expires untagged images 7 days after their push" },
      { ...rule, change: "ceases", rule: "2: expires untagged images 14 days after their push" },
    ]);
    assert.deepEqual(changes([lifecycle(14)], [lifecycle(14)]), []);
    assert.deepEqual(
      changes([lifecycle(14)], []).map((one) => (one.kind === "rule" ? one.rule : one)),
      [
        "1: expires tagged images named pin-* 36500 days after their push",
        "2: expires untagged images 14 days after their push",
        "3: expires images below the newest 10000",
      ],
    );
  });

  it("tell what becomes of a repository that is no longer declared", () => {
    const [images, cache] = ["pytorch/ci-image", "pytorch/ci-image-cache"];
    const old = [
      ecr(images, false),
      ecr(cache, true),
      named(`${host}/${images}`, `ghcr.io/${images}`),
    ];
    const of = (repository: string, effect: string) => ({ kind: "repository", repository, effect });
    assert.deepEqual(changes(old, []), [
      of(`${host}/${images}`, "deleted when empty"),
      of(`${host}/${cache}`, "deleted with its images"),
      of(`ghcr.io/${images}`, "forgotten"),
    ]);
    assert.deepEqual(changes(old, [], { protect: true }).slice(0, 2), [
      of(`${host}/${images}`, "protected"),
      of(`${host}/${cache}`, "deleted with its images"),
    ]);
    assert.deepEqual(changes(old, old), []);
  });

  it("tell content that the channel has no use for any longer", () => {
    const old = [named("ghcr.io/pytorch/ci-image")];
    const images = [
      { label: "ci-image/cpu", change: "changed", old: content, reasons: [] } as const,
    ];
    const other = [
      {
        ...named("ghcr.io/pytorch/ci-image"),
        inputs: { ...old[0]?.inputs, contentName: "cpu-kb" },
      },
    ];
    assert.deepEqual(changes(old, other, { images }), [
      {
        kind: "content",
        label: "ci-image/cpu",
        name: content,
        repositories: ["ghcr.io/pytorch/ci-image"],
      },
    ]);
    // Another image of the family has the same content.
    assert.deepEqual(changes(old, old, { images }), []);
  });
});
