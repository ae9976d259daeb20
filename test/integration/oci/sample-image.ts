import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { sha256 } from "../../../oci/digest.ts";
import type { Manifest } from "../../../oci/manifests.ts";
import { ManifestDocument, type Descriptor } from "../../../oci/media-types.ts";
import type { RepositoryClient } from "../../../oci/registries.ts";

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const INDEX = "application/vnd.oci.image.index.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";
/** @see https://github.com/opencontainers/image-spec/blob/main/media-types.md#compatibility-matrix */
const DOCKER_TYPES: Readonly<Record<string, string>> = {
  [MANIFEST]: "application/vnd.docker.distribution.manifest.v2+json",
  [CONFIG]: "application/vnd.docker.container.image.v1+json",
  [LAYER]: "application/vnd.docker.image.rootfs.diff.tar",
};

/** An image that exists only in memory. */
export interface SampleImage {
  readonly manifest: Manifest;
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** An image with one layer per given content; without any, two layers of random bytes. */
export function sampleImage(...layers: readonly Buffer[]): SampleImage {
  return imageOf({ architecture: "amd64", os: "linux" }, layers);
}

/** An image with two random layers for a platform: `linux/arm/v7`. */
export function sampleImageFor(platform: string): SampleImage {
  const [os, architecture, variant] = platform.split("/");
  return imageOf({ architecture, os, variant }, []);
}

/** An image that says when it was built, in ISO 8601. */
export function sampleImageBuilt(created: string): SampleImage {
  return imageOf({ architecture: "amd64", os: "linux", created }, []);
}

/** The same with Docker's media types, as images have that BuildKit pushed without being asked for OCI's. */
export function dockerImageFor(platform: string): SampleImage {
  const { manifest, blobs } = sampleImageFor(platform);
  const text = manifest.bytes.toString().replaceAll(/application\/vnd\.oci[^"]+/g, (type) => {
    return DOCKER_TYPES[type] ?? type;
  });
  const document = JSON.parse(text) as { mediaType: string };
  return { manifest: manifestOf(document.mediaType, document), blobs };
}

/** An image as BuildKit pushes it: an index of the image and of its provenance. */
export function sampleWithProvenance(platform: string): {
  readonly index: Manifest;
  readonly images: readonly SampleImage[];
  readonly entries: readonly object[];
} {
  const [os, architecture] = platform.split("/");
  const image = sampleImageFor(platform);
  const provenance = sampleImageFor("unknown/unknown");
  const entries = [
    { ...descriptorOf(image.manifest), platform: { architecture, os } },
    {
      ...descriptorOf(provenance.manifest),
      annotations: {
        "vnd.docker.reference.digest": image.manifest.digest,
        "vnd.docker.reference.type": "attestation-manifest",
      },
      platform: { architecture: "unknown", os: "unknown" },
    },
  ];
  const index = manifestOf(INDEX, { schemaVersion: 2, mediaType: INDEX, manifests: entries });
  return { index, images: [image, provenance], entries };
}

function imageOf(configuration: object, layers: readonly Buffer[]): SampleImage {
  const contents = layers.length > 0 ? layers : [randomBytes(2000), randomBytes(50)];
  const config = Buffer.from(JSON.stringify(configuration));
  const describe = (mediaType: string, bytes: Buffer): Descriptor => ({
    mediaType,
    digest: sha256(bytes),
    size: bytes.length,
  });
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: describe(CONFIG, config),
    layers: contents.map((bytes) => describe(LAYER, bytes)),
  };
  const blobs = new Map([config, ...contents].map((bytes) => [sha256(bytes), bytes]));
  return { manifest: manifestOf(MANIFEST, document), blobs };
}

/** An index over images. */
export function sampleIndex(images: readonly SampleImage[]): Manifest {
  return manifestOf(INDEX, {
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: images.map(({ manifest }) => descriptorOf(manifest)),
  });
}

function descriptorOf({ mediaType, digest, bytes }: Manifest): Descriptor {
  return { mediaType, digest, size: bytes.length };
}

export function manifestOf(mediaType: string, document: object): Manifest {
  const bytes = Buffer.from(JSON.stringify(document));
  return { mediaType, digest: sha256(bytes), bytes, document: ManifestDocument.parse(document) };
}

/** Uploads an image under its digest and the given tags. */
export async function push(
  image: SampleImage,
  to: RepositoryClient,
  ...tags: readonly string[]
): Promise<string> {
  for (const [digest, bytes] of image.blobs) {
    await to.blobs.ensure(
      { digest, size: bytes.length },
      { open: async () => Readable.from([bytes]) },
    );
  }
  for (const reference of [image.manifest.digest, ...tags]) {
    await to.manifests.put(reference, image.manifest);
  }
  return image.manifest.digest;
}
