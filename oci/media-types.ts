import { z } from "zod";
import { DIGEST } from "../rules/image-reference.ts";

/** @see https://github.com/opencontainers/image-spec/blob/main/media-types.md */
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
/** @see https://distribution.github.io/distribution/spec/manifest-v2-2/ */
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";

/** The types of manifests of images and indexes. */
export const MANIFEST_TYPES = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST] as const;

/** A registry converts, or denies having, a manifest whose type is not accepted: all four are always accepted. */
export const ACCEPTED_MANIFESTS = MANIFEST_TYPES.join(", ");

/** Whether a manifest lists manifests (one a platform, attestations) and not layers. */
export function isIndex(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_LIST;
}

/** Whether a manifest lists one image's configuration and layers. */
export function isImage(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST;
}

export const Descriptor = z.object({
  mediaType: z.string(),
  digest: z.string().regex(DIGEST),
  size: z.int().nonnegative(),
  urls: z.array(z.string()).optional(),
});

/** What a manifest says of a piece of content. */
export type Descriptor = z.infer<typeof Descriptor>;

/**
 * The configuration of what has none.
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor
 */
export const EMPTY: Descriptor = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
};

/** The parts of a manifest, or an index, that a copy or an artifact needs. */
export const ManifestDocument = z.object({
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: Descriptor.optional(),
  layers: z.array(Descriptor).optional(),
  manifests: z.array(Descriptor).optional(),
});
export type ManifestDocument = z.infer<typeof ManifestDocument>;

/** What an index, and an image's configuration, say of a platform. @see https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export const PlatformFields = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});

/** The parts of an index that tell its platforms apart. */
export const PlatformIndex = z.object({
  manifests: z.array(z.object({ digest: z.string(), platform: PlatformFields.optional() })),
});

/** Layers that may only be had from their vendor's `urls`; registries do not store them. */
export function isForeign(layer: Descriptor): boolean {
  return /nondistributable|\.foreign\./.test(layer.mediaType) && (layer.urls?.length ?? 0) > 0;
}
