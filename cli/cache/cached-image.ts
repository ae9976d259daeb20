import { z } from "zod";
import { isImage, isIndex, type Descriptor } from "../../oci/media-types.ts";
import { mapOf } from "../../rules/document-problems.ts";
import { REGISTRY_NAMES, type RegistryName } from "../../rules/image-file-schema.ts";
import { COMMIT } from "../../rules/image-list.ts";
import { DIGEST, parseImageReference, TAG } from "../../rules/image-reference.ts";
import { isChannel } from "../../rules/names.ts";
import type { Problem } from "../../rules/problems.ts";

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
  /** When the channel came to have this digest in the store: ISO 8601, UTC. */
  readonly added: string;
  /** When the channel's list last had it: ISO 8601, UTC. */
  readonly refreshed: string;
  /** Bytes of its gzip layers when they are unpacked, by the layer's digest; of those that were measured. */
  readonly unpacked?: Readonly<Record<string, number>> | undefined;
}

/**
 * What jobs call an image: its content name at ECR, or where it is not there at its first registry:
 * `308535385114.dkr.ecr.us-east-1.amazonaws.com/pytorch/ci-image:pytorch-linux-jammy-rocm-n-py3-k<key>`.
 */
export function askedReference(image: CachedImage): string {
  const reference = wholeReference(image);
  return `${reference.slice(0, reference.indexOf("@"))}:${image.contentName}`;
}

/** An image by its digest, where {@link askedReference} has it: `host/path@sha256:...`. */
export function wholeReference({ label, references }: CachedImage): string {
  const reference = references.ecr ?? Object.values(references)[0];
  if (reference === undefined) throw new Error(`${label} has no reference`);
  return reference;
}

/** What tells kept images apart: content that two labels have is two images. `ci-image/cuda12.8@sha256:...` */
export function imageKey({ label, descriptor }: Pick<CachedImage, "label" | "descriptor">): string {
  return `${label}@${descriptor.digest}`;
}

/** A family as registries take it, and an accelerator; with no "+", so that a file's name can have one for the slash. */
const LABEL = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-][a-z0-9]+)*)?$/;
/** Leaves room for the end of a file's name. */
const LABEL_LENGTH = 240;

/** Whether a text is an image's label, and can be part of a file's name. */
export function isCachedLabel(text: string): boolean {
  return text.length <= LABEL_LENGTH && LABEL.test(text);
}

/** What an index of a store says of an image's content. */
export const CachedDescriptor = {
  mediaType: z
    .string()
    .refine((type) => isImage(type) || isIndex(type), "the media type of an image or an index"),
  digest: z.string("a digest").regex(DIGEST, "a digest, sha256: and 64 hex digits"),
  size: z.int("a size in bytes").nonnegative("a size in bytes"),
};

/** What an index of a store says of an image besides its content. */
export const CachedFacts = mapOf(
  {
    label: z.string("a label").refine(isCachedLabel, "an image's label, e.g. ci-image/cuda12.8"),
    contentName: z.string("a tag").regex(TAG, "a tag"),
    references: z
      .partialRecord(z.enum(REGISTRY_NAMES), z.string("a reference"), "references by registry")
      .refine((references) => Object.keys(references).length > 0, "at least one reference"),
    names: z.array(z.string("a name"), "a list of names"),
    channel: z.string("a channel").refine(isChannel, "main or a release branch"),
    commit: z.string("a commit").regex(COMMIT, "a commit, 40 hex digits"),
    unpacked: z
      .record(
        z.string("a digest").regex(DIGEST, "a digest, sha256: and 64 hex digits"),
        z.int("a size in bytes").nonnegative("a size in bytes"),
        "sizes by layer",
      )
      .optional(),
    added: z.iso.datetime("a time, e.g. 2026-11-20T08:00:00.000Z"),
    refreshed: z.iso.datetime("a time, e.g. 2026-11-20T08:00:00.000Z"),
  },
  "what a store says of an image",
);

/** What is wrong with an image whose every field keeps its form. */
export function cachedImageProblems(image: CachedImage): readonly Problem[] {
  const { descriptor, references, names } = image;
  return [
    ...Object.entries(references).map(([registry, reference]) => ({
      path: `references.${registry}`,
      message: referenceProblem(reference, (parsed) =>
        parsed.tag === undefined && parsed.digest === descriptor.digest
          ? undefined
          : `is not host/path@${descriptor.digest}`,
      ),
    })),
    ...names.map((name, index) => ({
      path: `names[${index}]`,
      message: referenceProblem(name, (parsed) =>
        parsed.digest === undefined ? undefined : "is not host/path:tag",
      ),
    })),
  ].filter((problem): problem is Problem => problem.message !== undefined);
}

function referenceProblem(
  text: string,
  rule: (parsed: ReturnType<typeof parseImageReference>) => string | undefined,
): string | undefined {
  try {
    const fault = rule(parseImageReference(text));
    return fault === undefined ? undefined : `${JSON.stringify(text)} ${fault}`;
  } catch (error) {
    return (error as Error).message;
  }
}
