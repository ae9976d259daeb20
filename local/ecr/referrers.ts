import { z } from "zod";
import type { EcrImage } from "./ecr-images.ts";

const Descriptor = z.looseObject({ mediaType: z.string(), digest: z.string() });

const Referring = z.looseObject({
  artifactType: z.string().optional(),
  config: Descriptor.optional(),
  subject: Descriptor,
  annotations: z.record(z.string(), z.string()).optional(),
});

/** The digest that a manifest is attached to, if it is. */
export function subjectOf(manifest: string): string | undefined {
  return referring(manifest)?.subject.digest;
}

/**
 * The list of the images that are attached to another one.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 */
export function referrersIndex(subject: string, images: readonly EcrImage[]): object {
  const manifests = images.flatMap(({ digest, mediaType, manifest }) => {
    const found = referring(manifest);
    if (found?.subject.digest !== subject) return [];
    const { artifactType = found.config?.mediaType, annotations } = found;
    const size = Buffer.byteLength(manifest);
    return [
      {
        ...{ mediaType, digest, size },
        ...(artifactType !== undefined && { artifactType }),
        ...(annotations !== undefined && { annotations }),
      },
    ];
  });
  return { schemaVersion: 2, mediaType: REFERRERS_TYPE, manifests };
}

/** Media type of such a list. */
export const REFERRERS_TYPE = "application/vnd.oci.image.index.v1+json";

function referring(manifest: string): z.infer<typeof Referring> | undefined {
  try {
    return Referring.safeParse(JSON.parse(manifest)).data;
  } catch {
    return undefined;
  }
}
