import assert from "node:assert/strict";
import {
  formatRepository,
  type ImageReference,
  parseImageReference,
  parseRepository,
} from "../../rules/image-reference.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;

describe("an image reference", () => {
  const good: readonly (readonly [string, ImageReference])[] = [
    ["ghcr.io/a/b:c", { host: "ghcr.io", path: "a/b", tag: "c" }],
    ["localhost:5001/x:1", { host: "localhost:5001", path: "x", tag: "1" }],
    ["localhost/x:1", { host: "localhost", path: "x", tag: "1" }],
    [`quay.io/a/b_c@${DIGEST}`, { host: "quay.io", path: "a/b_c", digest: DIGEST }],
    [`quay.io/a:t@${DIGEST}`, { host: "quay.io", path: "a", tag: "t", digest: DIGEST }],
  ];
  for (const [text, reference] of good) {
    it(`is read from ${text.slice(0, 40)}`, () => {
      assert.deepEqual(parseImageReference(text), reference);
    });
  }

  const bad: readonly (readonly [string, string])[] = [
    [
      "almalinux:8",
      '"almalinux:8" names no registry: write it in full, e.g. docker.io/library/almalinux:8',
    ],
    ["rocm/dev:1", '"rocm/dev:1" names no registry: write it in full, e.g. docker.io/rocm/dev:1'],
    ["ghcr.io/a/b", '"ghcr.io/a/b" has neither a tag nor a digest'],
    [
      "ghcr.io/A:1",
      '"ghcr.io/A:1": "A" is not a repository path (lower-case letters, digits, ". _ -", parts separated by "/")',
    ],
    [
      "ghcr.io/a:-x",
      '"ghcr.io/a:-x": "-x" is not a tag (letters, digits, "_ . -", at most 128, not first "." or "-")',
    ],
    [
      "ghcr.io/a@sha256:12",
      '"ghcr.io/a@sha256:12": "sha256:12" is not a digest (sha256: and 64 hex digits)',
    ],
  ];
  for (const [text, message] of bad) {
    it(`is not ${text}`, () => {
      assert.throws(() => parseImageReference(text), { message });
    });
  }
});

describe("a repository", () => {
  it("is a host and a path", () => {
    const repository = { host: "ghcr.io", path: "pytorch/ci-image" };
    assert.deepEqual(parseRepository("ghcr.io/pytorch/ci-image"), repository);
    assert.equal(formatRepository(repository), "ghcr.io/pytorch/ci-image");
  });

  it("is not a path of more than 255 characters", () => {
    assert.throws(() => parseRepository(`ghcr.io/${"a".repeat(256)}`), /is not a repository path/);
  });
});
