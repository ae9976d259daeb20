import pLimit from "p-limit";
import { RegistryFault } from "../../oci/faults.ts";
import type { RepositoryClient } from "../../oci/registries.ts";
import { all } from "../../provider/all.ts";
import { formatRepository } from "../../rules/image-reference.ts";
import type { Transfer } from "../print/transfer-progress.ts";
import { openBlob } from "./layout-blobs.ts";
import type { CandidateLayout } from "./layout.ts";

/** Blobs that are in flight at once. */
const PARALLEL_BLOBS = 4;

/**
 * Pushes an image by its digest, with no name: what the repository has already is not sent again, and the manifest comes last.
 * @param repository with access `push`
 * @param onProgress told how far it is
 * @throws UserError when the registry refuses, or a blob changed since it was verified
 */
export async function pushLayout(
  layout: CandidateLayout,
  repository: RepositoryClient,
  onProgress: (transfer: Transfer) => void,
): Promise<void> {
  const { manifest, blobs } = layout;
  const total = blobs.reduce((sum, { size }) => sum + size, 0);
  if ((await repository.manifests.digest(manifest.digest)) !== undefined) {
    onProgress({ total, done: total, fetched: 0 });
    return;
  }
  const sent = new Map<string, number>();
  const there = new Set<string>();
  const tell = (): void => {
    const done = blobs.reduce(
      (sum, { digest, size }) => sum + (there.has(digest) ? size : (sent.get(digest) ?? 0)),
      0,
    );
    onProgress({ total, done, fetched: [...sent.values()].reduce((sum, count) => sum + count, 0) });
  };
  const limit = pLimit(PARALLEL_BLOBS);
  await all(
    blobs.map((blob) =>
      limit(async () => {
        const open = async () => {
          sent.set(blob.digest, 0);
          return openBlob(layout, blob, (count) => {
            sent.set(blob.digest, (sent.get(blob.digest) ?? 0) + count);
            tell();
          });
        };
        await repository.blobs.ensure(blob, { open });
        there.add(blob.digest);
        tell();
      }),
    ),
  );
  await putManifest(layout, repository);
}

async function putManifest(
  { manifest }: CandidateLayout,
  repository: RepositoryClient,
): Promise<void> {
  try {
    await repository.manifests.put(manifest.digest, manifest);
  } catch (error) {
    if (!(error instanceof RegistryFault) || [401, 403, 404].includes(error.status)) throw error;
    const { host } = repository;
    throw new RegistryFault(
      `${error.message}\n(a candidate is pushed by its digest and gets no tag; where ${host} takes no manifest without one, ${formatRepository(repository)} cannot hold candidates)`,
      error.status,
    );
  }
}
