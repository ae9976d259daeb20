import { createHash } from "node:crypto";
import { sha256 } from "../../../../../oci/digest.ts";
import { OCI_INDEX, OCI_MANIFEST, type Descriptor } from "../../../../../oci/media-types.ts";
import type { CachedImage } from "../../../../../cli/cache/cached-image.ts";
import { hostPlatform } from "../../../../../cli/cache/image-content.ts";
import type { Store } from "../../../../../cli/cache/store/store.ts";

export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

/** A piece of content with what a manifest says of it. */
export interface Content {
  readonly descriptor: Descriptor;
  readonly bytes: Buffer;
}

export function content(mediaType: string, bytes: Buffer): Content {
  return { descriptor: { mediaType, digest: sha256(bytes), size: bytes.length }, bytes };
}

export function jsonContent(mediaType: string, document: unknown): Content {
  return content(mediaType, Buffer.from(JSON.stringify(document)));
}

/** Bytes that follow from a word, the same in every process. */
export function bytesOf(word: string, size: number): Buffer {
  return createHash("shake256", { outputLength: size }).update(word).digest();
}

export interface SampleImage {
  readonly image: CachedImage;
  readonly blobs: readonly Content[];
}

export interface SampleImageArgs {
  readonly channel?: string;
  readonly label?: string;
  /** One for each layer; equal words are equal layers. */
  readonly layers?: readonly string[];
  /** Of each layer, in bytes. */
  readonly layerSize?: number;
  /** Whether it is an index with a manifest for this machine and one for another. */
  readonly platforms?: boolean;
  readonly added?: string;
  readonly refreshed?: string;
}

/** An image whose content follows from its layers' words. */
export function sampleImage({
  channel = "main",
  label = "ci-image/cuda12.8",
  layers = ["a", "b"],
  layerSize = 1000,
  platforms = false,
  refreshed = "2026-11-20T08:00:00.000Z",
  added = refreshed,
}: SampleImageArgs = {}): SampleImage {
  const kept = layers.map((word) => content(OCI_LAYER, bytesOf(word, layerSize)));
  const config = jsonContent(OCI_CONFIG, {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: kept.map(({ descriptor }) => descriptor.digest) },
  });
  const manifest = jsonContent(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: config.descriptor,
    layers: kept.map(({ descriptor }) => descriptor),
  });
  const index = jsonContent(OCI_INDEX, {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: [
      { ...absent("other platform"), platform: { os: "linux", architecture: "s390x" } },
      { ...manifest.descriptor, platform: platformOf(hostPlatform()) },
      { ...absent("attestation"), platform: { os: "unknown", architecture: "unknown" } },
    ],
  });
  const top = platforms ? index : manifest;
  const { digest } = top.descriptor;
  const image: CachedImage = {
    label,
    descriptor: top.descriptor,
    contentName: `cuda12.8-k${digest.slice(-40)}`,
    references: {
      ecr: `308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image@${digest}`,
      "ghcr.io": `ghcr.io/pytorch/ci-image@${digest}`,
    },
    names: ["ghcr.io/pytorch/ci-image:cuda12.8"],
    channel,
    commit: digest.slice(-40),
    added,
    refreshed,
  };
  return { image, blobs: [...kept, config, manifest, ...(platforms ? [index] : [])] };
}

function absent(word: string): Descriptor {
  return jsonContent(OCI_MANIFEST, { word }).descriptor;
}

function platformOf(platform: string): Readonly<Record<string, string | undefined>> {
  const [os, architecture, variant] = platform.split("/");
  return { os, architecture, variant };
}

/** Brings an image into a store as a refresh does, layers in segments. */
export async function putSample(
  store: Store,
  { image, blobs }: SampleImage,
  segment = 400,
): Promise<CachedImage> {
  await store.writingImage(image.channel, image.label, async () => {
    for (const blob of blobs) await putContent(store, blob, segment);
    await store.put(image);
  });
  return image;
}

export async function putContent(
  store: Store,
  { descriptor, bytes }: Content,
  segment: number,
): Promise<void> {
  if (descriptor.mediaType !== OCI_LAYER) return store.putBytes(descriptor, bytes);
  const partial = await store.partial(descriptor);
  if (partial === undefined) return;
  try {
    for (const range of partial.missing(segment)) {
      await partial.write(range.start, bytes.subarray(range.start, range.end));
      await partial.finished(range);
    }
    await partial.commit();
  } finally {
    await partial.close();
  }
}
