import assert from "node:assert/strict";
import fc from "fast-check";
import { candidateText, readCandidateFile } from "../../rules/candidate-file.ts";

const key = fc.stringMatching(/^[0-9a-f]{40}$/);
const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const files = fc.record(
  {
    version: fc.constant(1 as const),
    image: fc.constantFrom("ci-image/rocm", "no_rocm_image_ubuntu24_04"),
    contentName: key.map((text) => `rocm-k${text}`),
    digest: digest.map((text) => `sha256:${text}`),
    platforms: fc.constantFrom("linux/amd64", "linux/arm64").map((one) => [one]),
  },
  { noNullPrototype: true },
);

describe("candidate.json", () => {
  it("reads as it was written", () => {
    fc.assert(
      fc.property(files, (file) => {
        assert.deepEqual(readCandidateFile(candidateText(file)), { found: file });
      }),
    );
  });

  it("has each key once, and no other", () => {
    fc.assert(
      fc.property(
        files,
        fc.constantFrom("version", "image", "contentName", "digest", "platforms"),
        fc.string(),
        (file, name, other) => {
          const without = Object.entries(file).filter(([key]) => key !== name);
          assert.ok("problems" in readCandidateFile(JSON.stringify(Object.fromEntries(without))));
          const value = JSON.stringify(file[name]);
          const twice = JSON.stringify(file).replace("{", () => `{"${name}":${value},`);
          assert.ok("problems" in readCandidateFile(twice));
          fc.pre(!Object.hasOwn(file, other));
          const more: unknown = Object.fromEntries([...Object.entries(file), [other, 1]]);
          assert.ok("problems" in readCandidateFile(JSON.stringify(more)));
        },
      ),
    );
  });

  it("tells all its faults at once, whatever it is", () => {
    const text = JSON.stringify({ version: 2, image: "a b", contentName: "-", platforms: [] });
    const read = readCandidateFile(text);
    assert.ok("problems" in read);
    assert.deepEqual(
      read.problems.map(({ path }) => path),
      ["version", "image", "contentName", "digest", "platforms"],
    );
    fc.assert(fc.property(fc.json(), (json) => "problems" in readCandidateFile(json)));
    assert.ok("problems" in readCandidateFile("no JSON"));
  });
});
