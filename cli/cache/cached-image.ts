import type { Descriptor } from "../../oci/media-types.ts";
import type { RegistryName } from "../../rules/image-file-schema.ts";

/** An image that a store keeps, with what a job may ask for it by. */
export interface CachedImage {
  /** `ci-image/pytorch-linux-jammy-rocm-n-py3`: of the catalogue, without a platform. */
  readonly label: string;
  /** Its manifest, or the index of its platforms. */
  readonly descriptor: Descriptor;
  /** The tag of its content: `pytorch-linux-jammy-rocm-n-py3-k<key>`. */
  readonly contentName: string;
  /** By registry: `host/path@sha256:...`, with the descriptor's digest. */
  readonly references: Readonly<Partial<Record<RegistryName, string>>>;
  /** Floating and record names that pointed to it: `host/path:tag`. */
  readonly names: readonly string[];
  /** `main` or `release/2.10`. */
  readonly channel: string;
  /** The commit that the channel recorded it for. */
  readonly commit: string;
  /** When it came into the store or was last found unchanged: ISO 8601, UTC. */
  readonly refreshed: string;
}

/**
 * What jobs call an image: its content name at ECR, or where it is not there at its first registry:
 * `308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image:pytorch-linux-jammy-rocm-n-py3-k<key>`.
 */
export function askedReference(image: CachedImage): string {
  const reference = image.references.ecr ?? Object.values(image.references)[0];
  if (reference === undefined) throw new Error(`${image.label} has no reference`);
  return `${reference.slice(0, reference.indexOf("@"))}:${image.contentName}`;
}
