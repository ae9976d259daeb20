import pLimit, { type LimitFunction } from "p-limit";
import { formatRepository } from "../rules/image-reference.ts";
import { UserError } from "../rules/problems.ts";
import type { Manifest } from "./manifests.ts";
import { isForeign, isImage, isIndex, type Descriptor } from "./media-types.ts";
import type { RepositoryClient } from "./registries.ts";

/** Blobs of one image that are in flight at once. */
const PARALLEL_BLOBS = 4;

/**
 * Copies an image, or an index with all its images, by digest: blobs, then manifests, then the index, so that nothing is
 * listed before it is there. What the destination has already is not sent again; on one registry blobs are mounted.
 * No name is touched.
 */
export async function copyImage(
  from: RepositoryClient,
  to: RepositoryClient,
  digest: string,
): Promise<void> {
  await copyManifest(from, to, digest, pLimit(PARALLEL_BLOBS));
}

async function copyManifest(
  from: RepositoryClient,
  to: RepositoryClient,
  digest: string,
  limit: LimitFunction,
): Promise<void> {
  // A registry takes a manifest only when it has all that the manifest lists.
  if ((await to.manifests.digest(digest)) !== undefined) return;
  const manifest = await from.manifests.get(digest);
  if (isIndex(manifest.mediaType)) {
    for (const child of manifest.document.manifests ?? []) {
      await copyManifest(from, to, child.digest, limit);
    }
  } else {
    await copyBlobs(from, to, blobsOf(manifest, from), limit);
  }
  await to.manifests.put(digest, manifest);
}

async function copyBlobs(
  from: RepositoryClient,
  to: RepositoryClient,
  blobs: readonly Descriptor[],
  limit: LimitFunction,
): Promise<void> {
  const copies = blobs.map((blob) =>
    limit(() =>
      to.blobs.ensure(blob, {
        open: () => from.blobs.open(blob),
        ...(from.host === to.host && { mountFrom: from.path }),
      }),
    ),
  );
  // All are awaited: no upload goes on behind an error that was reported.
  const failed = (await Promise.allSettled(copies)).find((copy) => copy.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function blobsOf(manifest: Manifest, from: RepositoryClient): readonly Descriptor[] {
  const { config, layers } = manifest.document;
  if (!isImage(manifest.mediaType) || config === undefined) {
    throw new UserError(
      `${formatRepository(from)}@${manifest.digest} is of type ${JSON.stringify(manifest.mediaType)}; ` +
        `only images and indexes in OCI's and Docker's (schema 2) form can be copied: build it anew`,
    );
  }
  const blobs = [config, ...(layers ?? []).filter((layer) => !isForeign(layer))];
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
