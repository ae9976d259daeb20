/* Images made up of random layers: as registries have them, and not to be run. */
import { sha256 } from "../../../../oci/digest.ts";
import { type Descriptor, OCI_MANIFEST } from "../../../../oci/media-types.ts";
import type { BreakingRegistry } from "./breaking-registry.ts";
import { bytesContent, type Content, contentDigest } from "./content.ts";

const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

export interface SampleImage {
  readonly manifest: Descriptor;
  readonly manifestBytes: Buffer;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  /** The configuration and the layers, by digest. */
  readonly blobs: ReadonlyMap<string, Content>;
}

/**
 * An image of such layers.
 * @param change of the manifest before it is written, to make one that lies
 */
export async function sampleImage(
  contents: readonly Content[],
  change: (manifest: Manifest) => unknown = (manifest) => manifest,
): Promise<SampleImage> {
  const blobs = new Map<string, Content>();
  const layers: Descriptor[] = [];
  for (const content of contents) {
    const digest = await contentDigest(content);
    blobs.set(digest, content);
    layers.push({ mediaType: LAYER, digest, size: content.size });
  }
  const configBytes = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: {},
      // Nobody unpacks these layers: what they would be unpacked is not known.
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    }),
  );
  const config = descriptorOf(CONFIG, configBytes);
  blobs.set(config.digest, bytesContent(configBytes));
  const manifest: Manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers };
  const manifestBytes = Buffer.from(JSON.stringify(change(manifest)));
  return {
    manifest: descriptorOf(OCI_MANIFEST, manifestBytes),
    manifestBytes,
    config,
    layers,
    blobs,
  };
}

export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** Puts an image on registries, its blobs first. */
export function give(image: SampleImage, registries: readonly BreakingRegistry[]): void {
  for (const registry of registries) {
    for (const [digest, content] of image.blobs) registry.putBlob(digest, content);
    const { digest, mediaType } = image.manifest;
    registry.putManifest(digest, mediaType, image.manifestBytes);
  }
}

export function descriptorOf(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.length };
}
