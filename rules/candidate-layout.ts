import { z } from "zod";
import { readStrictly } from "./candidate-file.ts";
import { mapOf } from "./document-problems.ts";
import { DIGEST } from "./image-reference.ts";
import { formatPlatform, isOfPlatform, parsePlatform } from "./platform.ts";
import type { Problem } from "./problems.ts";

/** @see https://github.com/opencontainers/image-spec/blob/main/media-types.md */
const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const TAR = "application/vnd.oci.image.layer.v1.tar";
/** Those that are kept elsewhere ("nondistributable") are none: nobody could verify them. */
const LAYERS = [TAR, `${TAR}+gzip`, `${TAR}+zstd`] as const;

/** Bytes that a document of an image may have. A manifest of a hundred layers has 20,000. */
export const LARGEST_DOCUMENT = 1 << 20;
/** Engines mount no more; Docker takes 127. */
export const MOST_LAYERS = 500;
/** Bytes of an image as it is stored: five times the largest one. */
const LARGEST_IMAGE = 100 * 1000 ** 3;

const SIZE = "a number of bytes";
const DIGESTS = "a digest: sha256: and 64 hex digits";
const NOTES = "a map of texts";
const blob = {
  digest: z.string(DIGESTS).regex(DIGEST, DIGESTS),
  size: z.int(SIZE).nonnegative(SIZE).max(LARGEST_IMAGE, `at most ${LARGEST_IMAGE} bytes`),
  annotations: z.record(z.string(), z.string(NOTES), NOTES).optional(),
};
const version = z.literal(2, "2");

const Layout = mapOf(
  { imageLayoutVersion: z.literal("1.0.0", "1.0.0") },
  "a map of imageLayoutVersion",
);

const Index = mapOf(
  {
    schemaVersion: version,
    mediaType: z.literal(INDEX, INDEX),
    manifests: z
      .array(
        mapOf(
          {
            ...blob,
            mediaType: z.literal(MANIFEST, `${MANIFEST}: an image, and no index of images`),
          },
          "a map of mediaType, digest and size",
        ),
        "a list of one image",
      )
      .length(1, "a list of one image"),
  },
  "a map of schemaVersion, mediaType and manifests",
);

const Manifest = mapOf(
  {
    schemaVersion: version,
    mediaType: z.literal(MANIFEST, MANIFEST),
    config: mapOf(
      { ...blob, mediaType: z.literal(CONFIG, CONFIG) },
      "a map of mediaType, digest and size",
    ),
    layers: z
      .array(
        mapOf(
          { ...blob, mediaType: z.enum(LAYERS, `one of ${LAYERS.join(", ")}`) },
          "a map of mediaType, digest and size",
        ),
        "a list of layers",
      )
      .max(MOST_LAYERS, `a list of at most ${MOST_LAYERS} layers`),
    annotations: z.record(z.string(), z.string(NOTES), NOTES).optional(),
  },
  "a map of schemaVersion, mediaType, config and layers",
);

const PLATFORM = "the platform of an image";
/** What else programs find in it is theirs to judge. */
const Config = z.object(
  {
    os: z.string(PLATFORM),
    architecture: z.string(PLATFORM),
    variant: z.string(PLATFORM).optional(),
    rootfs: z.object(
      {
        type: z.literal("layers", "layers"),
        diff_ids: z.array(z.string(DIGESTS).regex(DIGEST, DIGESTS), "a list of digests"),
      },
      "a map of type and diff_ids",
    ),
  },
  "an image's configuration",
);

/** A piece of content that a document names. */
export interface ListedBlob {
  readonly mediaType: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

type Read<Found> = { readonly found: Found } | { readonly problems: readonly Problem[] };

/** The layout of one image, as far as its own files say it: `oci-layout` and `index.json`. */
export const LAYOUT_TEXT = JSON.stringify({ imageLayoutVersion: "1.0.0" });

/** The text of `index.json` for one image. */
export function layoutIndexText({ digest, size }: Pick<ListedBlob, "digest" | "size">): string {
  const manifests = [{ mediaType: MANIFEST, digest, size }];
  return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests });
}

/** What is wrong with `oci-layout`. */
export function layoutProblems(text: string): readonly Problem[] {
  const read = readStrictly(text, Layout);
  return "problems" in read ? read.problems : [];
}

/** The one image of `index.json`, or everything that is wrong with that. */
export function readLayoutIndex(text: string): Read<ListedBlob> {
  const read = readStrictly(text, Index);
  if ("problems" in read) return read;
  const [image] = read.found.manifests;
  if (image === undefined) throw new Error("an index without an image passed the checks");
  return { found: image };
}

/** What an image's manifest lists, or everything that is wrong with it. */
export function readCandidateManifest(
  text: string,
): Read<{ readonly config: ListedBlob; readonly layers: readonly ListedBlob[] }> {
  const read = readStrictly(text, Manifest);
  if ("problems" in read) return read;
  const { config, layers } = read.found;
  const bytes = [config, ...layers].reduce((sum, { size }) => sum + size, 0);
  if (bytes <= LARGEST_IMAGE) return { found: { config, layers } };
  const message = `${bytes} bytes together; a candidate has at most ${LARGEST_IMAGE}`;
  return { problems: [{ path: "layers", message }] };
}

/** What is wrong with an image's configuration. @param layers that its manifest lists */
export function candidateConfigProblems(
  text: string,
  { platform, layers }: { readonly platform: string; readonly layers: number },
): readonly Problem[] {
  const read = readStrictly(text, Config);
  if ("problems" in read) return read.problems;
  const { os, architecture, variant, rootfs } = read.found;
  const own = { os, architecture, ...(variant !== undefined && { variant }) };
  const wanted = parsePlatform(platform);
  const problems: Problem[] = [];
  if (wanted === undefined || !isOfPlatform(own, wanted)) {
    const message = `${JSON.stringify(formatPlatform(own).slice(0, 100))} is not ${platform}, which the image is declared for`;
    problems.push({ path: "(platform)", message });
  }
  if (rootfs.diff_ids.length !== layers) {
    const message = `${rootfs.diff_ids.length} layers, and the manifest lists ${layers}`;
    problems.push({ path: "rootfs.diff_ids", message });
  }
  return problems;
}
