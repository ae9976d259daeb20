import assert from "node:assert/strict";
import type { Promotion } from "../../../../cli/pins/promote/promote.ts";
import type { ImageOutcome } from "../../../../cli/pins/promote/promote-image.ts";
import { promotionLines, warnings } from "../../../../cli/pins/promote/run-promote.ts";

describe("warnings of a promotion", () => {
  const image = (state: ImageOutcome["state"], ...reasons: readonly string[]): ImageOutcome => ({
    ...{ label: "ci-image/cpu", contentName: "cpu-k1", state, reasons },
  });
  const told = (promotion: Partial<Promotion>) => [
    ...warnings({ stack: "main", commit: "c", images: [], ...promotion }),
  ];

  it("tell of each image that is rebuilt or lacks a name, and why", () => {
    const images = [
      image("built", "it has no provenance", "it is not there"),
      image("unknown", "Sigstore's keys cannot be had"),
      image("failed", "HTTP 500"),
      image("promoted", "it could not be named"),
    ];
    assert.deepEqual(told({ pullRequest: 7, images }), [
      "ci-image/cpu: to be built: it has no provenance; it is not there",
      "ci-image/cpu: to be built, since somebody did not answer: Sigstore's keys cannot be had",
      "ci-image/cpu: named on some registries alone: HTTP 500",
      "ci-image/cpu: promoted: it could not be named",
    ]);
  });

  it("tell once what is in the way of all images of a pull request, or who did not answer", () => {
    const reason = "nobody knows";
    const all = "images are built anew, and pins follow in a pull request: nobody knows";
    assert.deepEqual(told({ pullRequest: 7, reason, images: [image("built")] }), [all]);
    assert.deepEqual(told({ reason, images: [image("unknown")] }), [all]);
  });

  it("tell of what no pull request brought in where the tree pins candidates", () => {
    const promotion = { reason: "nobody merged it", images: [image("built")] };
    assert.deepEqual(told({ ...promotion, pinsCandidates: true }), [
      "images are built anew, and pins follow in a pull request: nobody merged it",
    ]);
    assert.deepEqual(told({ ...promotion, pinsCandidates: false }), []);
  });

  it("tell of a candidate that expires although its content was there", () => {
    const there = image("there", "it could not be named");
    assert.deepEqual(told({ images: [{ ...there, expires: true }] }), [
      "ci-image/cpu: has its content: it could not be named",
    ]);
  });

  it("stand beside lines that say what follows where nothing was taken over", () => {
    const lines = [
      ...promotionLines({ stack: "main", commit: "c", reason: "nobody merged it", images: [] }),
    ];
    assert.equal(
      lines.at(-1),
      "nothing was taken over, images are built anew, and pins follow in a pull request: nobody merged it",
    );
  });

  it("are none where all is well, and of what no pull request brought in", () => {
    assert.deepEqual(told({ images: [image("there", "meanwhile"), image("promoted")] }), []);
    assert.deepEqual(told({ reason: "no pull request", images: [image("built")] }), []);
  });
});
