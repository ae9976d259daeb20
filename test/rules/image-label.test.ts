import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatImageLabel,
  type ImageLabel,
  imageLabels,
  parseImageLabel,
} from "../../rules/image-label.ts";

const part = fc.stringMatching(/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/);
const platform = fc.constantFrom("linux/amd64", "linux/arm64", "linux/arm/v7");

describe("the label of what one job builds", () => {
  it("is the family, with the accelerator where it has some and the platform where it has several", () => {
    const images = [{ accelerator: "cpu" }, { accelerator: "cuda12.8" }];
    assert.deepEqual(imageLabels({ name: "builder", platforms: ["linux/amd64"], images }), [
      ...["builder/cpu", "builder/cuda12.8"],
    ]);
    const platforms = ["linux/amd64", "linux/arm64"];
    assert.deepEqual(imageLabels({ name: "builder", platforms, images }), [
      ...["builder/cpu@linux/amd64", "builder/cpu@linux/arm64"],
      ...["builder/cuda12.8@linux/amd64", "builder/cuda12.8@linux/arm64"],
    ]);
    assert.deepEqual(imageLabels({ name: "one", platforms: ["linux/amd64"], images: [{}] }), [
      "one",
    ]);
    assert.deepEqual(imageLabels({ name: "one", platforms, images: [{}] }), [
      ...["one@linux/amd64", "one@linux/arm64"],
    ]);
  });

  it("is read as it was written", () => {
    const labels = fc.record(
      { family: part, accelerator: part, platform },
      { requiredKeys: ["family"], noNullPrototype: true },
    );
    fc.assert(
      fc.property(labels, (label) => {
        assert.deepEqual(parseImageLabel(formatImageLabel(label)), label satisfies ImageLabel);
      }),
    );
  });

  it("is no other text", () => {
    for (const text of [
      ...[
        "",
        "/",
        "a/",
        "/b",
        "a/b/c",
        "a@",
        "@linux/amd64",
        "a@amd64",
        "a@linux/amd64@linux/arm64",
      ],
      ...["a b", "a/b c", "a\n", "a@linux/arm64\n", "a@windows/amd64"],
    ]) {
      assert.equal(parseImageLabel(text), undefined, JSON.stringify(text));
    }
  });
});
