import assert from "node:assert/strict";
import { KEEP_PINNED_CONTENT, lifecyclePolicy } from "../../../rules/lifecycle.ts";
import { simulateLifecycle, type StoredImage } from "../../../rules/lifecycle-simulation.ts";
import { pinName } from "../../../rules/names.ts";
import { type GraphSources, pinGraph } from "../../../rules/pins/graph.ts";
import type { Place } from "../../../rules/pins/place.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const NOTHING: GraphSources = { places: [], pinned: [], lists: [], ecr: new Map() };

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
  it("joins what the tree, other repositories and channels use of an image", () => {
    const entry = { contentName: "cpu-k1", commit: "c", platforms: [], references: {} };
    const [node, ...others] = pinGraph({
      ...NOTHING,
      places: [placeOf("tools/cpu", "a", "x.yml"), placeOf("tools/cpu", "a", "y.md")],
      pinned: [
        {
          ...{ digest: digest("a"), image: "tools/cpu", repository: "o/tools" },
          ...{ seen: "2026-11-01", users: ["o/r@main"] },
        },
      ],
      lists: [
        {
          ...{
            version: 1,
            repository: "o/r",
            channel: "main",
            ref: "refs/heads/main",
            commit: "c",
          },
          families: {
            tools: { images: { cpu: { ...entry, digest: digest("a"), names: ["h/o/tools:cpu"] } } },
          },
        },
      ],
    });
    assert.deepEqual(others, []);
    assert.deepEqual(node, {
      ...{ image: "tools/cpu", digest: digest("a"), users: ["o/r@main"], seen: "2026-11-01" },
      places: ["x.yml", "y.md"].map((file) => ({ file, line: 3, column: 1 })),
      ...{ channels: ["main"], names: ["cpu-k1", "h/o/tools:cpu"] },
    });
  });

  it("says what ECR's policy does to each digest", () => {
    const now = Date.parse("2026-11-21");
    const images = [
      stored("a", 0, pinName(digest("a")), "k1"),
      stored("b", now, "k2"),
      stored("c", now - 15 * 86_400_000),
    ];
    const removals = simulateLifecycle(lifecyclePolicy(KEEP_PINNED_CONTENT), images, now);
    const places = ["a", "b", "c", "d"].map((letter) => placeOf("tools", letter, `${letter}.yml`));
    const graph = pinGraph({ ...NOTHING, places, ecr: new Map([["tools", { images, removals }]]) });
    assert.deepEqual(
      graph.map(({ ecr }) => ecr),
      [
        { state: "kept", by: "pin" },
        { state: "kept", by: "rule" },
        { state: "goes", rule: "Content without a name, two weeks after its push" },
        { state: "absent" },
      ],
    );
  });

  it("begins with the digest of an image that most use", () => {
    const places = ["a", "b", "b"].map((letter, line) => placeOf("tools", letter, `${line}`));
    const graph = pinGraph({ ...NOTHING, places: [...places, placeOf("base", "c", "f")] });
    assert.deepEqual(
      graph.map((node) => node.digest),
      [digest("c"), digest("b"), digest("a")],
    );
  });
});
