import { unlink } from "node:fs/promises";
import { basename } from "node:path";
import { isIndex } from "../../../oci/media-types.ts";
import { isLeftover } from "../../../rules/cache-collection.ts";
import { blobSample } from "../../../rules/cache-sample.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import { blobsIn } from "../collect/orphans.ts";
import { hostPlatform } from "../image-content.ts";
import { keptBlobs } from "../kept-blobs.ts";
import { ifThere, onDisk } from "../store/disk-faults.ts";
import { StorePaths } from "../store/paths.ts";
import type { Store } from "../store/store.ts";
import {
  blobFinding,
  digestOf,
  faultInside,
  faultOutside,
  type StoreFinding,
  type UsedBlob,
} from "./finding.ts";
import { withLeasedImages, type LookedAt, type Selection } from "./leased-images.ts";
import { keptPlatforms } from "./kept-platforms.ts";
import { strangeFiles } from "./strange-files.ts";

interface VerifyOptions extends Selection {
  /** Part of the bytes that is read, in percent. */
  readonly sample?: number;
  /** Called between two blobs, with the bytes read so far and those to read in all. */
  readonly onProgress?: (read: number, all: number) => void;
}

export interface Verification {
  readonly findings: readonly StoreFinding[];
  readonly images: number;
  readonly blobs: number;
  readonly readBlobs: number;
  readonly readBytes: number;
  /** What was not looked at, and is no fault: in sentences. */
  readonly notes: readonly string[];
}

/**
 * Looks at every blob of a store's images and reads all of them, or a sample: whether it is there, whole, and what its digest
 * says; and where all images are looked at, what else the store's folders hold. Everything that is wrong is told at once.
 */
export async function verifyStore(
  store: Store,
  { sample = 100, onProgress, ...selection }: VerifyOptions = {},
): Promise<Verification> {
  return withLeasedImages(store, selection, async (images) => {
    const { blobs, unreadable, notes } = await usedBlobs(store, images);
    const findings: StoreFinding[] = [];
    const there: UsedBlob[] = [];
    for (const blob of blobs.values()) {
      const fault = await faultOutside(store, blob);
      if (fault === undefined) there.push(blob);
      else findings.push(fault);
    }
    const chosen = blobSample(there, sample, Math.random);
    const all = chosen.reduce((bytes, { size }) => bytes + size, 0);
    let read = 0;
    for (const blob of chosen) {
      onProgress?.(read, all);
      const fault = await faultInside(store, blob);
      if (fault !== undefined) findings.push(fault);
      read += blob.size;
    }
    onProgress?.(read, all);
    // Where a manifest cannot be read, what no image seems to have may be its.
    findings.push(...unreadable.filter(({ path }) => findings.every((one) => one.path !== path)));
    if (selection.channel === undefined && selection.labels === undefined) {
      if (unreadable.length === 0) findings.push(...(await orphans(store, blobs)));
      findings.push(...(await strangeFiles(store)));
    }
    return {
      findings,
      images: images.length,
      ...{ blobs: blobs.size, readBlobs: chosen.length, readBytes: read },
      notes,
    };
  });
}

/**
 * Takes damaged blobs away, so that jobs pull and the next refresh fetches them anew: a file of the right size is taken for a
 * whole one otherwise. Each is read once more while nobody writes, since it may have been replaced.
 * @returns those that are gone
 */
export async function discardDamaged(
  store: Store,
  findings: readonly StoreFinding[],
): Promise<readonly StoreFinding[]> {
  const suspects = findings.filter(({ kind }) => isDiscarded(kind));
  if (suspects.length === 0) return [];
  return store.collecting(async () => {
    const gone: StoreFinding[] = [];
    for (const finding of suspects) {
      const digest = `sha256:${basename(finding.path)}`;
      if ((await digestOf(store, digest)) === digest) continue;
      const path = store.blobPath(digest);
      await store.step("damaged-removing", digest);
      await onDisk(path, () => ifThere(() => unlink(path)));
      await store.step("damaged-removed", digest);
      gone.push(finding);
    }
    return gone;
  });
}

/** Whether {@link discardDamaged} takes away what is found to be so. */
export function isDiscarded(kind: StoreFinding["kind"]): boolean {
  return kind === "damaged" || kind === "short";
}

/** Every blob of some images once, with the images that have it, and what cannot be known of them. */
async function usedBlobs(
  store: Store,
  images: readonly LookedAt[],
): Promise<{
  readonly blobs: ReadonlyMap<string, UsedBlob>;
  readonly unreadable: readonly StoreFinding[];
  readonly notes: readonly string[];
}> {
  const blobs = new Map<string, { digest: string; size: number; images: string[] }>();
  const unreadable: StoreFinding[] = [];
  const notes: string[] = [];
  for (const { image, name } of images) {
    const { listed, fault, note } = await blobsOf(store, image);
    for (const { digest, size } of listed) {
      const known = blobs.get(digest);
      if (known === undefined) blobs.set(digest, { digest, size, images: [name] });
      else known.images.push(name);
    }
    if (note !== undefined) notes.push(`${name}: ${note}`);
    if (fault === undefined) continue;
    const blob = { ...image.descriptor, images: [name] };
    unreadable.push(blobFinding(store, "damaged", blob, fault));
  }
  return { blobs, unreadable, notes };
}

interface KnownBlobs {
  readonly listed: readonly { digest: string; size: number }[];
  readonly fault?: string;
  readonly note?: string;
}

/** The blobs of an image; its first alone where they are not known. */
async function blobsOf(store: Store, image: CachedImage): Promise<KnownBlobs> {
  const { descriptor } = image;
  try {
    const listed = await keptBlobs(store, image);
    if (!isIndex(descriptor.mediaType)) return { listed };
    const { there, absent, isOwnThere } = await keptPlatforms(store, descriptor);
    if (there.length === 0) {
      return { listed, fault: `has none of its platforms here: ${absent.join(", ")}` };
    }
    if (isOwnThere) return { listed };
    // Other machines refresh this store, each the part that it runs.
    const own = hostPlatform();
    return { listed, note: `${there.join(", ")} is here, and nothing of this machine's ${own}` };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { listed: [descriptor], fault: error.message };
  }
}

/** Blobs that no image has and that no run can be bringing. */
async function orphans(
  store: Store,
  used: ReadonlyMap<string, UsedBlob>,
): Promise<readonly StoreFinding[]> {
  const now = Date.now();
  return (await blobsIn(new StorePaths(store.folder).blobs))
    .filter(({ digest, modified }) => !used.has(digest) && isLeftover(modified, now))
    .map((blob) => blobFinding(store, "orphan", { ...blob, images: [] }, "is no image's"));
}
