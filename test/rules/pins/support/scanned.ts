import assert from "node:assert/strict";
import { type ManagedImages, managedImages } from "../../../../rules/pins/managed-images.ts";
import type { Place } from "../../../../rules/pins/place.ts";
import { scanText } from "../../../../rules/pins/scan.ts";
import { readTextFile, type Span } from "../../../../rules/pins/text-file.ts";

export const ECR = "308535385114.dkr.ecr.us-east-1.amazonaws.com";
export const HEX = "0123456789abcdef".repeat(4);
export const DIGEST = `sha256:${HEX}`;

/** Families with one image and with several, on several registries, and two images besides. */
export const IMAGES: ManagedImages = managedImages(
  {
    owner: "ROCm",
    families: [
      {
        name: "build_manylinux",
        accelerators: [],
        hosts: ["ghcr.io"],
        otherHosts: [ECR, "docker.io"],
      },
      { name: "build_manylinux_rccl", accelerators: [], hosts: ["ghcr.io"] },
      {
        name: "ci-image",
        accelerators: ["jammy-rocm", "jammy-rocm-benchmarks"],
        hosts: [ECR, "ghcr.io", "docker.io"],
      },
    ],
  },
  ["docker.io/library/ubuntu", "quay.io/pypa/manylinux_2_28_x86_64"],
);

/** The places of a file in UTF-8, each of whose spans is found to hold what the place says. */
export function scanned(path: string, text: string): readonly Place[] {
  const file = readTextFile(path, Buffer.from(text));
  assert.ok(file !== undefined);
  const places = scanText(file, IMAGES);
  for (const place of places) {
    const at = (spans: readonly Span[]): string =>
      spans.map(({ start, end }) => file.text.slice(start, end)).join("");
    if (place.digest !== undefined) {
      assert.equal(`sha256:${at(place.digest.spans)}`, place.digest.text);
    }
    if (place.tag !== undefined) assert.equal(at(place.tag.spans), place.tag.text);
    if (place.date !== undefined) assert.equal(at([place.date.span]), place.date.text);
    assert.ok(place.written.startsWith(at(place.repositorySpans)), place.written);
  }
  return places;
}

/** Every place as it is written, with its image. */
export function told(path: string, text: string): readonly string[] {
  return scanned(path, text).map(
    ({ kind, image = "?", written }) => `${kind === "digest" ? "digest " : ""}${image} ${written}`,
  );
}
