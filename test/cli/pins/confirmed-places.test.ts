import assert from "node:assert/strict";
import { confirmedPlaces } from "../../../cli/pins/confirmed-places.ts";
import type { DigestFacts } from "../../../cli/pins/digest-facts.ts";
import type { Place } from "../../../rules/pins/place.ts";

const repository = { host: "ghcr.io", path: "rocm/tools", accelerators: [], candidate: false };

function placeOf(letter: string, more: Partial<Place> = {}): Place {
  return {
    ...{ file: "f", line: 1, column: 1, kind: "digest", written: "", repositorySpans: [] },
    ...{ repository, image: "tools", nearby: true },
    digest: { text: `sha256:${letter.repeat(64)}`, spans: [] },
    ...more,
  };
}

const answers: Readonly<Record<string, DigestFacts>> = {
  a: { state: "there", platforms: [] },
  b: { state: "missing", detail: "no such digest" },
  c: { state: "unchecked", reason: "--offline" },
  d: { state: "incomplete", detail: "a layer is gone" },
};

describe("digests that only a name nearby tells of", () => {
  it("are the image's where its repository has them, and nobody's where it has not", async () => {
    const asked: string[] = [];
    const places = ["a", "b", "c", "d"].map((letter) => placeOf(letter));
    const confirmed = await confirmedPlaces(places, async ({ host, path, digest }) => {
      asked.push(`${host}/${path}`);
      return answers[digest.slice("sha256:".length)[0] ?? ""]!;
    });
    assert.deepEqual(
      confirmed.map(({ digest, nearby }) => [digest?.text.at(-1), nearby]),
      [
        ["a", undefined],
        ["c", true],
        ["d", undefined],
      ],
    );
    assert.deepEqual(new Set(asked), new Set(["ghcr.io/rocm/tools"]));
  });

  it("are the only ones that are asked for", async () => {
    const { digest, ...untagged } = placeOf("b");
    const { nearby, ...certain } = { ...placeOf("b"), ...(digest !== undefined && { digest }) };
    assert.equal(nearby, true);
    const places = [certain, untagged];
    const confirmed = await confirmedPlaces(places, () => assert.fail("asked"));
    assert.deepEqual(confirmed, places);
  });
});
