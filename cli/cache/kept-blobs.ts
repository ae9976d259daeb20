import { lstat } from "node:fs/promises";
import { isIndex, ManifestDocument, type Descriptor } from "../../oci/media-types.ts";
import { distinctBlobs } from "../../rules/cache-sizes.ts";
import { UserError } from "../../rules/problems.ts";
import type { CachedImage } from "./cached-image.ts";
import { manifestContent, platformManifest } from "./image-content.ts";
import { damageRemedy, DamagedBlob } from "./store/damaged-blob.ts";
import { ifThere } from "./store/disk-faults.ts";
import { openQuietly } from "./store/open-for-reading.ts";
import { bytesOrFault, MANIFEST_LIMIT } from "./store/read-blob.ts";
import type { Store } from "./store/store.ts";

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
  if (!isIndex(descriptor.mediaType)) {
    return distinctBlobs([descriptor, ...listed(descriptor, bytes)]);
  }
  const { manifests = [] } = ManifestDocument.parse(JSON.parse(bytes.toString()));
  const own = ownManifest(descriptor, bytes);
  const blobs: Descriptor[] = [descriptor];
  for (const manifest of manifests) {
    // Attestations, and platforms that no machine of this store has.
    if (!(await store.has(manifest))) continue;
    blobs.push(manifest);
    if (manifest.digest === own) {
      blobs.push(...listed(manifest, await manifestBytes(store, label, manifest)));
    } else blobs.push(...(await ofOthers(store, label, manifest)));
  }
  return distinctBlobs(blobs);
}

/** The digest of this machine's manifest in an index; undefined where it has none. */
function ownManifest(index: Descriptor, bytes: Uint8Array): string | undefined {
  try {
    return platformManifest(index, bytes).digest;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * What the store has of another platform's. A refresh here took that entry of the index unread, so that it may be no manifest, but
 * a blob that the store has for another reason; and what it lists is there only if a machine of that platform brought it.
 */
async function ofOthers(
  store: Store,
  label: string,
  manifest: Descriptor,
): Promise<readonly Descriptor[]> {
  if (manifest.size > MANIFEST_LIMIT) return [];
  const bytes = await manifestBytes(store, label, manifest);
  let all: readonly Descriptor[];
  try {
    all = listed(manifest, bytes);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
  const there = await Promise.all(all.map((blob) => store.has(blob)));
  return all.filter((_, index) => there[index] === true);
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
  const found = await bytesOrFault(store.blobPath(digest), { digest, size }, openQuietly);
  if (typeof found !== "string") return found;
  const fault = found === "too large" ? `larger than a manifest can be (${size} bytes)` : found;
  throw new DamagedBlob(
    `${label}: its manifest ${digest} is ${fault}, so that what belongs to the image is not known; ${damageRemedy(store.folder)}, bring it back`,
  );
}

/**
 * When a job last used an image since it came: milliseconds since 1970; undefined where none did. Jobs that load it read its
 * manifest, which tells the time by the file's; on file systems that keep none (noatime) no use is known. The kernel notes a
 * further use of the same day only once (relatime).
 */
export async function lastUsed(store: Store, image: CachedImage): Promise<number | undefined> {
  const stats = await ifThere(() => lstat(store.blobPath(image.descriptor.digest)));
  if (stats === undefined) return undefined;
  const { atimeMs, mtimeMs } = stats;
  // A file that was fetched anew is younger than what it is of.
  return atimeMs > Math.max(Date.parse(image.added), mtimeMs) ? atimeMs : undefined;
}
