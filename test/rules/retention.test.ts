import assert from "node:assert/strict";
import fc from "fast-check";
import type { ImageList } from "../../rules/image-list.ts";
import { readLifecyclePolicy } from "../../rules/lifecycle-policy.ts";
import {
  type Removal,
  simulateLifecycle,
  type StoredImage,
} from "../../rules/lifecycle-simulation.ts";
import { KEEP_PINNED_CONTENT, lifecyclePolicy } from "../../rules/lifecycle.ts";
import { pinName } from "../../rules/names.ts";
import { endangeredImages, liveDigests } from "../../rules/retention.ts";
import { anyDigest, DAY, INDEX, MANIFEST } from "./support/stored-images.ts";

const [A, B, C, D] = [1, 2, 3, 4].map(anyDigest) as [string, string, string, string];

function image(digest: string, tags: readonly string[] = [], ...children: string[]): StoredImage {
  const isIndex = children.length > 0;
  return {
    digest,
    tags,
    pushedAt: 0,
    mediaType: isIndex ? INDEX : MANIFEST,
    ...(isIndex && { children }),
  };
}

function removalsOf(action: Removal["action"], ...digests: string[]): Map<string, Removal> {
  const read = readLifecyclePolicy(
    '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}',
  );
  assert.ok("policy" in read);
  return new Map(digests.map((digest) => [digest, { rule: read.policy.rules[0]!, action }]));
}

/** `digest's last digit: needs` of all that is endangered. */
function endangered(
  images: readonly StoredImage[],
  removals: ReadonlyMap<string, Removal>,
  live: ReadonlyMap<string, readonly string[]> = new Map(),
): readonly string[] {
  return endangeredImages(images, removals, live).map(
    ({ image, needs }) => `${image.digest.at(-1) ?? ""}: ${needs.join(", ")}`,
  );
}

describe("retention", () => {
  it("refuses to take what is pinned or live, and nothing else", () => {
    const images = [image(A, [pinName(A)]), image(B, ["t"]), image(C, ["u"]), image(D, ["v"])];
    const live = new Map([[B, ["channel main (ci-image cuda12.8)"]]]);
    assert.deepEqual(endangered(images, removalsOf("expire", A, B, C), live), [
      "1: a pin",
      "2: channel main (ci-image cuda12.8)",
    ]);
    assert.deepEqual(endangered(images, removalsOf("expire", C, D), live), []);
  });

  it("refuses to put into the archive what is needed, since nothing can be pulled from there", () => {
    const images = [image(A, [pinName(A)])];
    assert.deepEqual(endangered(images, removalsOf("transition", A)), ["1: a pin"]);
  });

  it("refuses to take what a needed index lists, through an index of indexes", () => {
    const images = [image(A, ["t", pinName(A)], B), image(B, [], C), image(C)];
    assert.deepEqual(endangered(images, removalsOf("expire", A, B, C)), [
      "1: a pin",
      "2: index t",
      `3: index ${B}`,
    ]);
  });

  it("refuses to take what an index lists that stays or lies in the archive, and lets both go together", () => {
    const images = [image(A, ["t"], B), image(B)];
    assert.deepEqual(endangered(images, removalsOf("expire", B)), ["2: index t"]);
    const mixed = new Map([...removalsOf("transition", A), ...removalsOf("expire", B)]);
    assert.deepEqual(endangered(images, mixed), ["2: index t"]);
    assert.deepEqual(endangered(images, removalsOf("expire", A, B)), []);
  });

  it("ends at indexes that list each other", () => {
    const images = [image(A, ["t"], B), image(B, [], A)];
    assert.deepEqual(endangered(images, removalsOf("expire", B)), ["2: index t"]);
  });

  it("knows every image of every channel's list", () => {
    const entry = (digest: string) => ({
      digest,
      contentName: `cuda12.8-k${"0".repeat(40)}`,
      commit: "0".repeat(40),
      platforms: ["linux/amd64"],
      references: {},
      names: [],
    });
    const list = (channel: string, images: ImageList["families"][string]["images"]): ImageList => ({
      version: 1,
      repository: "pytorch/pytorch",
      channel,
      ref: `refs/heads/${channel}`,
      commit: "0".repeat(40),
      families: { "ci-image": { images } },
    });
    const live = liveDigests([
      list("main", { "cuda12.8": entry(A), cpu: entry(B) }),
      list("release/2.10", { "cuda12.8": entry(A) }),
    ]);
    assert.deepEqual(
      [...live],
      [
        [A, ["channel main (ci-image cuda12.8)", "channel release/2.10 (ci-image cuda12.8)"]],
        [B, ["channel main (ci-image cpu)"]],
      ],
    );
  });

  it("never refuses the default policy for a pin or an index, whatever is stored", () => {
    const draft = fc.record({
      isNamed: fc.boolean(),
      isPinned: fc.boolean(),
      age: fc.integer({ min: 0, max: 30_000 }),
      children: fc.array(fc.nat({ max: 9 }), { maxLength: 2 }),
    });
    const policy = lifecyclePolicy(KEEP_PINNED_CONTENT);
    fc.assert(
      fc.property(fc.array(draft, { maxLength: 10 }), (drafts) => {
        const images = drafts.map(({ isNamed, isPinned, age, children }, place): StoredImage => {
          const digest = anyDigest(place);
          const tags = [...(isNamed ? [`t${place}`] : []), ...(isPinned ? [pinName(digest)] : [])];
          return { ...image(digest, tags, ...children.map(anyDigest)), pushedAt: -age * DAY };
        });
        assert.deepEqual(endangered(images, simulateLifecycle(policy, images, 0)), []);
      }),
      { numRuns: 2000 },
    );
  });
});
