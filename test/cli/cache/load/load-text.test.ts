import { equal } from "node:assert/strict";
import { askedReference } from "../../../../cli/cache/cached-image.ts";
import { exportText } from "../../../../cli/cache/export/run-export.ts";
import { loadText } from "../../../../cli/cache/load/run-load.ts";
import { sampleImage } from "../store/support/sample-image.ts";

const { image } = sampleImage();
const NAME = "ghcr.io/pytorch/ci-image:cuda12.8";
const report = {
  outcome: "loaded",
  id: "sha256:a",
  sent: 2_500_000,
  layers: { all: 3, there: 2 },
  names: [NAME],
  image,
  isFormer: false,
  isFloating: false,
} as const;
const since = `in the store since ${image.added}`;

describe("what a load says", () => {
  it("is whose image it is, what was sent and what it is called", () => {
    const sent = "2.5 MB sent, 2 of 3 layers were there";
    equal(loadText(report), `ci-image/cuda12.8: loaded (of main, ${since}): ${sent}\n  ${NAME}`);
  });

  it("is as of when a name that moves meant it", () => {
    const as = `as of the refresh of ${image.refreshed}, commit ${image.commit}`;
    equal(
      loadText({ ...report, outcome: "present", isFloating: true }),
      `ci-image/cuda12.8: the engine had it (of main, ${since}, ${as})\n  ${NAME}`,
    );
  });

  it("is that an image is a former one", () => {
    equal(
      loadText({ ...report, outcome: "present", isFormer: true }),
      `ci-image/cuda12.8: the engine had it (that main had before, ${since})\n  ${NAME}`,
    );
  });

  it("is why the engine pulled it", () => {
    const pulled = { outcome: "pulled", reason: "the store has it not", id: "sha256:a" } as const;
    equal(
      loadText({ ...pulled, names: [NAME] }),
      `${NAME}: pulled, as the store has it not\n  ${NAME}`,
    );
  });
});

describe("what an export says", () => {
  it("is which line the files are of, and what became of each", () => {
    const reference = `${askedReference(image)} (${image.descriptor.digest})`;
    const text = exportText(
      "release/2.10",
      [
        { image, file: "/x/a_release.tar", outcome: "written" },
        { image, file: "/x/b_release.tar", outcome: "unchanged" },
        { image, file: "/x/c_release.tar", outcome: "failed", reason: "no space left" },
      ],
      ["/x/d_main.tar"],
    );
    const stale = "is no image's of the store any more, and was left";
    equal(
      text,
      [
        "release/2.10 is the newest release line in the store",
        `/x/a_release.tar: written: ${reference}`,
        `/x/b_release.tar: has it already: ${reference}`,
        "/x/c_release.tar: not written: no space left",
        `/x/d_main.tar: ${stale}; remove it if no runner needs it`,
      ].join("\n"),
    );
    equal(exportText("main", [], []), "main has no images in the store; nothing is written");
  });
});
