import { z } from "zod";
import { documentProblems } from "./document-problems.ts";
import { DIGEST } from "./image-reference.ts";
import type { StoredImage } from "./lifecycle-simulation.ts";
import type { Problem } from "./problems.ts";

/** An image with what a report says of it. */
export interface ListedImage extends StoredImage {
  /** Bytes, with layers that other images have too. */
  readonly size: number;
}

/** All images of one repository on ECR. */
export interface RepositoryListing {
  /** Path: `pytorch/ci-image`. */
  readonly repository: string;
  readonly images: readonly ListedImage[];
}

const INDEXES: readonly string[] = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
/** A listing that is something else entirely would else be told line by line. */
const MOST_PROBLEMS = 20;

const digest = z.string("a digest").regex(DIGEST, "a digest: sha256: and 64 hex digits");
const A_TIME = "a time, as ISO 8601 or in seconds since 1970";
/** Version 2 of the AWS CLI writes ISO 8601, version 1 seconds since 1970, the SDK gives dates. */
const time = z
  .union(
    [
      z.date().transform((date) => date.getTime()),
      z.number().transform((seconds) => seconds * 1000),
      z.string().transform((text) => Date.parse(text)),
    ],
    A_TIME,
  )
  .refine((milliseconds) => Number.isFinite(milliseconds), A_TIME);
const Image = z.object(
  {
    repositoryName: z.string("a repository's path"),
    imageDigest: digest,
    imageTags: z.array(z.string("a text"), "a list of texts").default([]),
    imageSizeInBytes: z.number("a number of bytes").default(0),
    imagePushedAt: time,
    imageManifestMediaType: z.string("a media type").default(""),
    lastRecordedPullTime: time.optional(),
    lastArchivedAt: time.optional(),
    lastActivatedAt: time.optional(),
    imageStatus: z.string("a status").default("ACTIVE"),
    subjectManifestDigest: digest.optional(),
    imageChildren: z.array(digest, "a list of digests").optional(),
  },
  "a map",
);
const Listing = z.object({ imageDetails: z.array(z.unknown(), "a list of images") }, "a map");

/**
 * Reads what `aws ecr describe-images` prints, or the same of ECR's API. One field more than ECR knows says which
 * manifests an index lists: `imageChildren`, a list of digests.
 * @returns repositories in the order in which they come, or every fault of the listing
 * @see https://docs.aws.amazon.com/cli/latest/reference/ecr/describe-images.html
 */
export function readListing(
  document: unknown,
): { readonly listings: readonly RepositoryListing[] } | { readonly problems: readonly Problem[] } {
  const outer = Listing.safeParse(document);
  if (!outer.success) return { problems: documentProblems(outer.error, document) };
  const problems: Problem[] = [];
  const repositories = new Map<string, Map<string, ListedImage>>();
  outer.data.imageDetails.forEach((entry, index) => {
    const place = `imageDetails[${index}]`;
    const read = Image.safeParse(entry);
    if (!read.success) {
      problems.push(...documentProblems(read.error, entry, place));
      return;
    }
    const { repositoryName, imageDigest } = read.data;
    const images = repositories.get(repositoryName) ?? new Map<string, ListedImage>();
    repositories.set(repositoryName, images);
    if (images.has(imageDigest)) {
      problems.push({ path: place, message: `${imageDigest} is listed twice; keep one` });
    }
    images.set(imageDigest, listedImage(read.data));
  });
  if (problems.length > MOST_PROBLEMS) {
    const more = problems.length - MOST_PROBLEMS;
    const rest = { path: "imageDetails", message: `${more} more problems of this kind` };
    return { problems: [...problems.slice(0, MOST_PROBLEMS), rest] };
  }
  if (problems.length > 0) return { problems };
  const listings = [...repositories].map(([repository, images]) => ({
    repository,
    images: [...images.values()],
  }));
  return { listings };
}

function listedImage(image: z.infer<typeof Image>): ListedImage {
  const { lastRecordedPullTime, lastArchivedAt, lastActivatedAt } = image;
  const { imageChildren, subjectManifestDigest } = image;
  return {
    digest: image.imageDigest,
    tags: image.imageTags,
    size: image.imageSizeInBytes,
    pushedAt: image.imagePushedAt,
    mediaType: image.imageManifestMediaType,
    ...(lastRecordedPullTime !== undefined && { pulledAt: lastRecordedPullTime }),
    ...(image.imageStatus === "ARCHIVED" && { archivedAt: lastArchivedAt ?? 0 }),
    ...(lastActivatedAt !== undefined && { activatedAt: lastActivatedAt }),
    ...(subjectManifestDigest !== undefined && { subject: subjectManifestDigest }),
    ...(imageChildren !== undefined && { children: imageChildren }),
  };
}

/** Indexes of which nobody said what they list. */
export function indexesWithoutChildren<Image extends StoredImage>(
  images: readonly Image[],
): readonly Image[] {
  return images.filter(
    ({ mediaType, children }) => INDEXES.includes(mediaType) && children === undefined,
  );
}
