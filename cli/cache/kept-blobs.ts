import { lstat } from "node:fs/promises";
import { sha256 } from "../../oci/digest.ts";
import { isIndex, ManifestDocument, type Descriptor } from "../../oci/media-types.ts";
import type { CachedImage } from "./cached-image.ts";
import { manifestContent } from "./image-content.ts";
import { openQuietly } from "./read-quietly.ts";
import { DamagedBlob } from "./store/damaged-blob.ts";
import { codeOf } from "./store/disk-faults.ts";
import type { Store } from "./store/store.ts";

/** No registry takes a larger manifest. @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests */
export const MANIFEST_LIMIT = 4 * 1024 ** 2;

/**
 * Every blob that a store keeps of an image, each once: of all platforms that machines with this store refreshed, and not only of
 * this machine's. Reading them does not count as a use of the image.
 * @throws UserError where a manifest is missing, refused or not what its digest says: what it lists is not known then
 */
export async function keptBlobs(
  store: Store,
  { label, descriptor }: Pick<CachedImage, "label" | "descriptor">,
): Promise<readonly Descriptor[]> {
  const bytes = await manifestBytes(store, label, descriptor);
  if (!isIndex(descriptor.mediaType)) return distinct([descriptor, ...listed(descriptor, bytes)]);
  const { manifests = [] } = ManifestDocument.parse(JSON.parse(bytes.toString()));
  const blobs: Descriptor[] = [descriptor];
  for (const manifest of manifests) {
    // Attestations, and platforms that no machine of this store has.
    if (!(await store.has(manifest))) continue;
    blobs.push(manifest, ...listed(manifest, await manifestBytes(store, label, manifest)));
  }
  return distinct(blobs);
}

function listed(manifest: Descriptor, bytes: Uint8Array): readonly Descriptor[] {
  const { config, layers } = manifestContent(manifest, bytes);
  return [config, ...layers];
}

async function manifestBytes(
  store: Store,
  label: string,
  { digest, size }: Descriptor,
): Promise<Buffer> {
  const damaged = (found: string): DamagedBlob =>
    new DamagedBlob(
      `${label}: its manifest ${digest} is ${found}, so that what belongs to the image is not known; slipway cache verify --discard-damaged, then slipway cache refresh, bring it back`,
    );
  if (size > MANIFEST_LIMIT) throw damaged(`larger than a manifest can be (${size} bytes)`);
  try {
    const file = await openQuietly(store.blobPath(digest));
    try {
      const bytes = await file.readFile();
      if (bytes.length === size && sha256(bytes) === digest) return bytes;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw damaged("missing");
    throw error;
  }
  throw damaged("damaged");
}

/**
 * When a job last used an image, or it came: milliseconds since 1970. Jobs that load it read its manifest, which tells the time by
 * the file's; on file systems that keep none (noatime) the time that it came is all there is. The kernel notes a further use of
 * the same day only once (relatime).
 */
export async function lastUsed(store: Store, image: CachedImage): Promise<number> {
  const came = Date.parse(image.refreshed);
  try {
    const { atimeMs } = await lstat(store.blobPath(image.descriptor.digest));
    return Math.max(came, atimeMs);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return came;
  }
}

function distinct(blobs: readonly Descriptor[]): readonly Descriptor[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
