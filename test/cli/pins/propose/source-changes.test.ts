import assert from "node:assert/strict";
import { sourceChange } from "../../../../cli/pins/propose/source-changes.ts";

const [OLD, NEW] = ["a", "b"].map((letter) => `sha256:${letter.repeat(64)}`) as [string, string];
const commit = "c".repeat(40);
const one = { image: "tools", digest: NEW, commit, references: [] };
const known = { all: [one], latest: () => one };
const moved = { image: "tools", family: "tools", to: NEW };

describe("what changed between two digests of an image", () => {
  it("is nothing where a candidate was published as it is", async () => {
    const change = await sourceChange({ ...moved, from: [NEW] }, known);
    assert.deepEqual(change, { unknown: "nothing since the candidate was made, which it is" });
  });

  it("is not known of several old ones", async () => {
    const change = await sourceChange({ ...moved, from: [OLD, commit, NEW] }, known);
    assert.deepEqual(change, { unknown: "it was pinned at several digests" });
  });
});
