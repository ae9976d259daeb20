/* What a refresh says at its end. */
import assert from "node:assert/strict";
import { imageJson } from "../../../../cli/cache/images/image-json.ts";
import {
  refreshJson,
  type RefreshReport,
  refreshText,
} from "../../../../cli/cache/refresh/refresh-text.ts";
import { sampleImage } from "../store/support/sample-image.ts";

const REPORT: RefreshReport = {
  ...{ store: "/var/lib/slipway", channel: "main", notes: ["ci-image/rocm: ecr is left"] },
  list: {
    source: "ghcr.io/pytorch/slipway-images:main",
    commit: "c".repeat(40),
    notes: ['"old": left out'],
  },
  images: [
    {
      ...{ label: "ci-image/rocm", outcome: "replaced", digest: `sha256:${"1".repeat(64)}` },
      ...{ registries: ["ecr", "ghcr.io"], fetched: 1_500_000_000, reused: 38_000_000_000 },
    },
    {
      ...{ label: "ci-image/cuda", outcome: "unchanged", digest: `sha256:${"2".repeat(64)}` },
      ...{ registries: [], fetched: 0, reused: 12_000 },
    },
    {
      ...{ label: "ci-image/xpu", outcome: "failed", digest: `sha256:${"3".repeat(64)}` },
      ...{ registries: [], fetched: 0, reused: 0, reason: "localhost: HTTP 500" },
    },
    { ...{ label: "ci-image/old", outcome: "unlisted", registries: [], fetched: 0, reused: 0 } },
  ],
};

describe("what a refresh says", () => {
  it("is a line for each image, then what was left out and why images failed", () => {
    assert.equal(
      refreshText(REPORT),
      `channel main at ${"c".repeat(40)} (ghcr.io/pytorch/slipway-images:main), in /var/lib/slipway

image          digest        from          fetched  reused   result
ci-image/rocm  111111111111  ecr, ghcr.io  1.5 GB   38.0 GB  replaced
ci-image/cuda  222222222222  -             0 B      12.0 kB  unchanged
ci-image/xpu   333333333333  -             0 B      0 B      failed
ci-image/old   -             -             0 B      0 B      unlisted

"old": left out

ci-image/xpu: localhost: HTTP 500`,
    );
  });

  it("is one JSON object for programs, with whole digests and bytes", () => {
    const { images, ...rest } = JSON.parse(refreshJson(REPORT)) as {
      images: readonly unknown[];
    };
    assert.deepEqual(rest, {
      ...{ store: "/var/lib/slipway", channel: "main", commit: "c".repeat(40) },
      ...{ list: "ghcr.io/pytorch/slipway-images:main", notes: REPORT.notes },
    });
    assert.deepEqual(images[0], {
      ...{ label: "ci-image/rocm", outcome: "replaced", digest: `sha256:${"1".repeat(64)}` },
      ...{
        registries: ["ecr", "ghcr.io"],
        bytesFetched: 1_500_000_000,
        bytesReused: 38_000_000_000,
      },
    });
  });

  it("tells programs of an image what every command does", () => {
    const { image } = sampleImage();
    const [one] = REPORT.images;
    const report = { ...REPORT, images: [{ ...one!, outcome: "removed", image } as const] };
    const { images } = JSON.parse(refreshJson(report)) as { images: readonly object[] };
    const { registries, outcome, bytesFetched, bytesReused, ...told } = images[0] as Record<
      string,
      unknown
    >;
    assert.deepEqual(told, imageJson(image, true));
    assert.deepEqual(
      [outcome, registries, bytesFetched, bytesReused],
      ["removed", one!.registries, one!.fetched, one!.reused],
    );
  });
});
