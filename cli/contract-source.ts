import type { BuildSource } from "../local/providers/docker-build/buildctl-arguments.ts";
import type { CacheReferences } from "../rules/build-cache.ts";
import { contractArgs, CONTRACT_FOLDER, type ImageContract } from "../rules/image-contract.ts";

/** The image that is checked, and where its check is remembered. */
export interface CheckedImage {
  /** `host/path@sha256:...` */
  readonly reference: string;
  /** `linux/amd64` */
  readonly platform: string;
  /** Where the steps of earlier checks are, of the same image and contract. */
  readonly cache?: CacheReferences;
}

/**
 * What BuildKit is told to check an image's contract: the same build as under Pulumi. It is run for its failure alone: give
 * buildctl no output. Folders are relative to the project.
 */
export function contractSource(
  contract: ImageContract,
  { reference, platform, cache }: CheckedImage,
): BuildSource {
  return {
    context: {
      location: CONTRACT_FOLDER,
      named: { image: { location: `docker-image://${reference}` } },
    },
    dockerfile: { location: `${CONTRACT_FOLDER}/Dockerfile` },
    buildArgs: contractArgs(contract),
    platforms: [platform],
    ...(cache !== undefined && { cacheFrom: cache.from }),
    ...(cache?.to !== undefined && { cacheTo: cache.to }),
  };
}
