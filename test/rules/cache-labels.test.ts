/* What names of images may mean. */
import assert from "node:assert/strict";
import { chooseLabels, labelsNamed } from "../../rules/cache-labels.ts";

const labels = ["ci-image/rocm", "ci-image/cuda", "manywheel/cuda", "rocm"];

describe("the name of a kept image", () => {
  it("is a label before it is an accelerator's", () => {
    assert.deepEqual(labelsNamed("rocm", labels), ["rocm"]);
    assert.deepEqual(labelsNamed("rocm", ["ci-image/rocm", "ci-image/rocm"]), ["ci-image/rocm"]);
    assert.deepEqual(labelsNamed("ocm", labels), []);
  });

  it("means one image alone, and all that mean another number are told at once", () => {
    assert.deepEqual(chooseLabels(["manywheel/cuda", "rocm", "rocm"], labels), {
      labels: ["manywheel/cuda", "rocm"],
    });
    const chosen = chooseLabels(["cuda", "roc", "rocm"], labels);
    assert.ok("problems" in chosen);
    assert.deepEqual(
      chosen.problems.map(({ message }) => message),
      [
        '"cuda" may be ci-image/cuda, manywheel/cuda; write one of these',
        'there is no image "roc"; there are ci-image/cuda, ci-image/rocm, manywheel/cuda, rocm (did you mean "rocm"?)',
      ],
    );
  });
});
