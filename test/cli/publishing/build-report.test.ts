import assert from "node:assert/strict";
import type { Family } from "../../../catalog.ts";
import {
  type NamedContent,
  reportJson,
  reportLines,
  summaryText,
} from "../../../cli/publishing/build-report.ts";
import type { WantedImage } from "../../../cli/publishing/build-selection.ts";

const digest = `sha256:${"1".repeat(64)}`;

function wanted(name: string, accelerator?: string): WantedImage {
  return {
    // Only what is asked of a family here.
    family: { name } as unknown as Family,
    image: {
      ...(accelerator !== undefined && { accelerator }),
      base: { image: "x", digest },
      buildArgs: {},
    },
    label: accelerator === undefined ? name : `${name}/${accelerator}`,
    platforms: ["linux/amd64"],
  };
}

function named(of: WantedImage, more: Partial<NamedContent> = {}): NamedContent {
  return { wanted: of, contentName: "k1", digest, built: true, seconds: 1.26, ...more };
}

describe("the report of build --missing", () => {
  it("counts an image once, and as failed when any platform of it failed", () => {
    const [a, b, c] = [wanted("f", "a"), wanted("f", "b"), wanted("g")] as const;
    const report = {
      contents: [named(a), named(b, { platform: "linux/amd64" }), named(c, { built: false })],
      failures: [{ wanted: b, platform: "linux/arm64", message: "no" }],
    };
    assert.equal(summaryText(3, report), "3 images: 1 there, 1 built, 1 failed");
    assert.equal(
      summaryText(1, { contents: [named(a)], failures: [] }),
      "1 image: 0 there, 1 built",
    );
  });

  it("is one JSON object with every content, every failure and what was left out", () => {
    const leftOut = [{ family: "h", reason: "tags are not published" }];
    const report = {
      contents: [named(wanted("f", "a"), { platform: "linux/arm64" }), named(wanted("g"))],
      failures: [{ wanted: wanted("f", "b"), message: "no" }],
    };
    assert.deepEqual(JSON.parse(reportJson("main", report, leftOut)), {
      stack: "main",
      images: [
        {
          family: "f",
          accelerator: "a",
          platform: "linux/arm64",
          contentName: "k1",
          digest,
          built: true,
          seconds: 1.3,
        },
        {
          family: "g",
          accelerator: "default",
          contentName: "k1",
          digest,
          built: true,
          seconds: 1.3,
        },
      ],
      failures: [{ family: "f", accelerator: "b", message: "no" }],
      leftOut,
    });
  });

  it("tells content that this run built from what another named first or a registry had", () => {
    const of = wanted("f", "a");
    const lines = reportLines({
      contents: [
        named(of),
        named(of, { built: false }),
        named(of, { built: false, platform: "linux/arm64" }),
      ],
      failures: [{ wanted: of, message: "no" }],
    });
    assert.deepEqual(
      lines.map((line) => line.split("  ").slice(0, 2)),
      [
        ["f/a", "built"],
        ["f/a", "named"],
        ["f/a (linux/arm64)", "there"],
        ["f/a", "failed"],
      ],
    );
  });
});
