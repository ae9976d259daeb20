import assert from "node:assert/strict";
import fc from "fast-check";
import {
  askedReference,
  cachedImageProblems,
  isCachedLabel,
} from "../../../cli/cache/cached-image.ts";
import { StorePaths } from "../../../cli/cache/store/paths.ts";
import { sampleImage } from "./store/support/sample-image.ts";

const { image } = sampleImage();
const { digest } = image.descriptor;

describe("what jobs call an image", () => {
  it("is its content name at ECR", () => {
    const host = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
    assert.equal(askedReference(image), `${host}/pytorch/ci-image:${image.contentName}`);
  });

  it("is its content name at its first registry where it is not at ECR", () => {
    const references = { "ghcr.io": `ghcr.io/rocm/therock@${digest}` };
    assert.equal(
      askedReference({ ...image, references }),
      `ghcr.io/rocm/therock:${image.contentName}`,
    );
    const local = { "ghcr.io": `localhost:5001/rocm/therock@${digest}` };
    const expected = `localhost:5001/rocm/therock:${image.contentName}`;
    assert.equal(askedReference({ ...image, references: local }), expected);
  });
});

describe("the label of an image in a store", () => {
  it("is a family's, with or without an accelerator", () => {
    for (const label of ["ci-image/pytorch-linux-jammy-rocm-n-py3", "no_rocm_image_ubuntu24_04"]) {
      assert.ok(isCachedLabel(label));
    }
  });

  it("is never a path, has no plus and leaves room for the end of a file's name", () => {
    for (const label of [
      "",
      "/",
      "..",
      "a/..",
      "../a",
      "a//b",
      "a/b/c",
      "a+b",
      "A",
      "a\n",
      "a".repeat(241),
    ]) {
      assert.ok(!isCachedLabel(label), label);
    }
  });

  it("has a lock of its own in the folder of its channel", () => {
    const paths = new StorePaths("/store");
    const part = fc.stringMatching(/^[a-z0-9]{1,5}(?:[._-][a-z0-9]{1,3}){0,2}$/);
    const label = fc.oneof(
      part,
      fc.tuple(part, part).map((parts) => parts.join("/")),
    );
    fc.assert(
      fc.property(label, label, (one, other) => {
        assert.ok(isCachedLabel(one));
        const path = paths.imageLock("release/2.10", one);
        assert.match(path, /^\/store\/locks\/release-2\.10\/[^/]+\.lock$/);
        assert.equal(path === paths.imageLock("release/2.10", other), one === other);
      }),
    );
  });
});

describe("the facts of an image in a store", () => {
  it("are right when its references have its digest and its names have none", () => {
    assert.deepEqual(cachedImageProblems(image), []);
  });

  it("are told with all that is wrong", () => {
    const other = `sha256:${"0".repeat(64)}`;
    const problems = cachedImageProblems({
      ...image,
      references: { ecr: `ghcr.io/a/b@${other}`, "ghcr.io": `ghcr.io/a/b:tag@${digest}` },
      names: ["ghcr.io/a/b:tag", "no name", `ghcr.io/a/b@${digest}`],
    });
    const paths = problems.map(({ path }) => path);
    assert.deepEqual(paths, ["references.ecr", "references.ghcr.io", "names[1]", "names[2]"]);
  });
});

describe("the paths of a store", () => {
  it("are made of digests alone", () => {
    const paths = new StorePaths("/store");
    assert.equal(paths.blob(digest), `/store/blobs/sha256/${digest.slice(7)}`);
    for (const text of [
      "",
      "sha256:",
      "sha256:../x",
      `${digest}/..`,
      `${digest}\n`,
      digest.toUpperCase(),
    ]) {
      for (const path of ["blob", "partial", "record"] as const) {
        assert.throws(() => paths[path](text), /is no digest/);
      }
    }
  });
});
