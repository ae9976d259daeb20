import assert from "node:assert/strict";
import { KEEP_PINNED_CONTENT, lifecyclePolicy } from "../../../rules/lifecycle.ts";
import { simulateLifecycle, type StoredImage } from "../../../rules/lifecycle-simulation.ts";
import type { ImageList } from "../../../rules/image-list.ts";
import { pinName } from "../../../rules/names.ts";
import type { DigestFacts } from "../../../rules/pins/finding-facts.ts";
import {
  type KeepSources,
  pinGraph,
  type UsedDigest,
  usedDigests,
  type UseSources,
} from "../../../rules/pins/graph.ts";
import type { ManagedRepository } from "../../../rules/pins/managed-images.ts";
import type { PinnedDigest } from "../../../rules/pins/pinned-digests.ts";
import type { Place } from "../../../rules/pins/place.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const ECR = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
const repository = (host: string, path: string): ManagedRepository => ({
  ...{ host, path, family: "tools", accelerators: ["cpu"] },
  candidate: path.endsWith("-candidate"),
});
const managed = {
  repositories: ["o/tools", "o/tools-candidate"].flatMap((path) =>
    ["ghcr.io", ECR].map((host) => repository(host, path)),
  ),
};
const NOTHING: UseSources = { places: [], pinned: [], lists: [], managed };
const UNASKED: KeepSources = { facts: new Map(), ecrHost: ECR, ecr: new Map() };

function pinnedOf(letter: string, more: Partial<PinnedDigest> = {}): PinnedDigest {
  return {
    ...{ digest: digest(letter), image: "tools/cpu", repository: "o/tools" },
    ...{ seen: "2026-11-01", users: ["o/r@main"] },
    ...more,
  };
}

/** A list of channel main that hands out digests of images of several families. */
function listOf(letters: Readonly<Record<string, string>>): ImageList {
  const families = Object.entries(letters).map(([family, letter]) => {
    const cpu = {
      ...{ contentName: "cpu-k1", commit: "c", platforms: [], digest: digest(letter) },
      references: { "ghcr.io": `ghcr.io/o/${family}@${digest(letter)}` },
      names: [`ghcr.io/o/${family}:cpu`],
    };
    return [family, { images: { cpu } }] as const;
  });
  return {
    ...{ version: 1, repository: "o/r", channel: "main", ref: "refs/heads/main", commit: "c" },
    families: Object.fromEntries(families),
  };
}

function placeOf(image: string, letter: string, file: string): Place {
  return {
    ...{ file, line: 3, column: 1, kind: "reference", image, written: "", repositorySpans: [] },
    digest: { text: digest(letter), spans: [] },
  };
}

function stored(letter: string, pushedAt: number, ...tags: string[]): StoredImage {
  return { digest: digest(letter), tags, pushedAt, mediaType: "m" };
}

describe("the graph of pins", () => {
  const digests = (used: readonly UsedDigest[]) => used.map((one) => one.digest.slice(-1));

  it("joins what the tree, other repositories and channels use of an image", () => {
    const [node, ...others] = usedDigests({
      ...NOTHING,
      places: [placeOf("tools/cpu", "a", "x.yml"), placeOf("tools/cpu", "a", "y.md")],
      pinned: [pinnedOf("a")],
      lists: [listOf({ tools: "a" })],
    });
    assert.deepEqual(others, []);
    assert.deepEqual(node, {
      ...{ image: "tools/cpu", digest: digest("a"), users: ["o/r@main"], seen: "2026-11-01" },
      places: ["x.yml", "y.md"].map((file) => ({ file, line: 3, column: 1 })),
      ...{ channels: ["main"], names: ["ghcr.io/o/tools:cpu-k1", "ghcr.io/o/tools:cpu"] },
      repositories: [{ host: "ghcr.io", path: "o/tools" }],
    });
  });

  it("has of what is published the images that somebody uses, and those alone", () => {
    const lists = [listOf({ tools: "a", base: "b" })];
    assert.deepEqual(usedDigests({ ...NOTHING, lists }), []);
    const places = [placeOf("tools/cpu", "c", "x.yml")];
    assert.deepEqual(digests(usedDigests({ ...NOTHING, places, lists })), ["c", "a"]);
    const pinned = [pinnedOf("d", { image: "base/cpu" })];
    assert.deepEqual(digests(usedDigests({ ...NOTHING, pinned, lists })), ["d", "b"]);
  });

  it("has the images that are asked for alone", () => {
    const places = ["tools/cpu", "base/cpu"].map((image) => placeOf(image, "a", "x.yml"));
    const lists = [listOf({ tools: "b", base: "c" })];
    const used = usedDigests({ ...NOTHING, places, lists, only: ["base/cpu"] });
    assert.deepEqual(
      used.map(({ image }) => image),
      ["base/cpu", "base/cpu"],
    );
  });

  it("looks where users do: at their repositories, candidates' too", () => {
    const at = repository(ECR, "o/tools-candidate");
    const places = [{ ...placeOf("tools/cpu", "a", "x.yml"), repository: at }];
    const pinned = [pinnedOf("a"), pinnedOf("a", { repository: "o/tools-candidate" })];
    const [node] = usedDigests({ ...NOTHING, places, pinned });
    assert.deepEqual(node?.repositories, [
      { host: ECR, path: "o/tools-candidate" },
      { host: "ghcr.io", path: "o/tools" },
    ]);
  });

  it("says what each registry says of a digest", () => {
    const used = usedDigests({ ...NOTHING, pinned: ["a", "b", "c"].map((one) => pinnedOf(one)) });
    const facts = new Map<string, DigestFacts>([
      [`ghcr.io/o/tools@${digest("a")}`, { state: "there", platforms: [] }],
      [`ghcr.io/o/tools@${digest("b")}`, { state: "missing", detail: "no such digest" }],
      [`ghcr.io/o/tools@${digest("c")}`, { state: "unchecked", reason: "no login" }],
    ]);
    assert.deepEqual(
      pinGraph(used, { ...UNASKED, facts }).map(({ registries, ecr }) => [registries[0], ecr]),
      [
        { state: "there" },
        { state: "missing", detail: "no such digest" },
        { state: "unchecked", detail: "no login" },
      ].map((word) => [
        { repository: "ghcr.io/o/tools", ...word },
        [{ path: "o/tools", state: "elsewhere" }],
      ]),
    );
  });

  it("says what ECR's policy does to each digest, by what full name ECR has it, and why it was not asked", () => {
    const now = Date.parse("2026-11-21");
    const images = [
      stored("a", 0, pinName(digest("a")), "k1"),
      stored("b", now, "k2"),
      stored("c", now - 15 * 86_400_000),
    ];
    const removals = simulateLifecycle(lifecyclePolicy(KEEP_PINNED_CONTENT), images, now);
    const pinned = ["a", "b", "c", "d"].map((letter) => pinnedOf(letter));
    const candidate = pinnedOf("e", { repository: "o/tools-candidate" });
    const ecr: KeepSources["ecr"] = new Map([
      ["o/tools", { images, removals }],
      ["o/tools-candidate", { unasked: "no login" }],
    ]);
    const used = usedDigests({ ...NOTHING, pinned: [...pinned, candidate] });
    const graph = pinGraph(used, { ...UNASKED, ecr });
    assert.deepEqual(
      graph.map((node) => node.ecr[0]),
      [
        { path: "o/tools", state: "kept", by: "pin" },
        { path: "o/tools", state: "kept", by: "rule" },
        {
          ...{ path: "o/tools", state: "goes" },
          rule: "Content without a name, two weeks after its push",
        },
        { path: "o/tools", state: "absent" },
        { path: "o/tools-candidate", state: "unasked", reason: "no login" },
      ],
    );
    assert.deepEqual(graph[0]?.names, [
      `${ECR}/o/tools:${pinName(digest("a"))}`,
      `${ECR}/o/tools:k1`,
    ]);
  });

  it("begins with the digest of an image that most use", () => {
    const places = ["a", "b", "b"].map((letter, line) => placeOf("tools", letter, `${line}`));
    const used = usedDigests({ ...NOTHING, places: [...places, placeOf("base", "c", "f")] });
    assert.deepEqual(digests(used), ["c", "b", "a"]);
  });
});
