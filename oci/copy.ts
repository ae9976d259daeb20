import pLimit, { type LimitFunction } from "p-limit";
import { formatRepository } from "../rules/image-reference.ts";
import { layerProblem } from "../rules/layer-limits.ts";
import { ProblemsError, UserError } from "../rules/problems.ts";
import type { Manifest } from "./manifests.ts";
import { isForeign, isImage, isIndex, type Descriptor } from "./media-types.ts";
import type { RepositoryClient } from "./registries.ts";

/** Blobs of one image that are in flight at once. */
const PARALLEL_BLOBS = 4;

/**
 * Copies an image, or an index with all its images, by digest: blobs, then manifests, then the index, so that nothing is
 * listed before it is there. What the destination has already is not sent again; on one registry blobs are mounted.
 * No name is touched.
 * @throws UserError before anything is sent, when a layer is larger than the destination takes
 */
export async function copyImage(
  from: RepositoryClient,
  to: RepositoryClient,
  digest: string,
): Promise<void> {
  const content = await lacking(from, to, digest);
  if (content === undefined) return;
  checkLayers(content, from, to);
  await send(content, from, to, pLimit(PARALLEL_BLOBS));
}

/** A manifest that the destination lacks, and those of what it lists that are lacking too. */
interface Lacking {
  readonly manifest: Manifest;
  readonly children: readonly Lacking[];
}

/** Undefined when the destination has it: a registry takes a manifest only when it has all that the manifest lists. */
async function lacking(
  from: RepositoryClient,
  to: RepositoryClient,
  digest: string,
): Promise<Lacking | undefined> {
  if ((await to.manifests.digest(digest)) !== undefined) return undefined;
  const manifest = await from.manifests.get(digest);
  const children: Lacking[] = [];
  const listed = isIndex(manifest.mediaType) ? (manifest.document.manifests ?? []) : [];
  for (const child of listed) {
    const content = await lacking(from, to, child.digest);
    if (content !== undefined) children.push(content);
  }
  return { manifest, children };
}

async function send(
  { manifest, children }: Lacking,
  from: RepositoryClient,
  to: RepositoryClient,
  limit: LimitFunction,
): Promise<void> {
  for (const child of children) await send(child, from, to, limit);
  if (!isIndex(manifest.mediaType)) await copyBlobs(from, to, blobsOf(manifest, from), limit);
  await to.manifests.put(manifest.digest, manifest);
}

function checkLayers(content: Lacking, from: RepositoryClient, to: RepositoryClient): void {
  const problems = manifestsOf(content).flatMap(({ digest, document }) =>
    (document.layers ?? [])
      .filter((layer) => !isForeign(layer))
      .flatMap((layer) => {
        const message = layerProblem(to.host, layer);
        return message === undefined
          ? []
          : [{ path: `${formatRepository(from)}@${digest}`, message }];
      }),
  );
  if (problems.length === 0) return;
  throw new ProblemsError(`copy to ${formatRepository(to)}`, problems);
}

function manifestsOf({ manifest, children }: Lacking): readonly Manifest[] {
  return [manifest, ...children.flatMap(manifestsOf)];
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
