import type { Descriptor } from "../../../oci/media-types.ts";
import type { RepositoryClient } from "../../../oci/registries.ts";
import type { WantedImage } from "../../../rules/cached-list.ts";
import type { RegistryName } from "../../../rules/image-file-schema.ts";
import type { Channel } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import type { DownloadProgress } from "../download/download-blobs.ts";
import type { Store } from "../store/store.ts";
import { bytesNeeded, missingBlobs, refuseWithoutSpace } from "./free-space.ts";
import { type ImagePlan, planImage } from "./image-plan.ts";
import { refreshImage } from "./refresh-image.ts";
import { withSpaceFor } from "./reserved-space.ts";

/** What a channel's images are refreshed with. */
export interface Refresh {
  readonly store: Store;
  readonly channel: Channel;
  /** All that the channel's list wants kept. */
  readonly images: readonly WantedImage[];
  /** Labels of what the list wants kept and nothing is known of: they stay as they are. */
  readonly leftOut?: readonly string[];
  /** When the list was asked for: milliseconds since 1970. What the store was given since is of a newer list. */
  readonly listRead: number;
  /** Labels of those that are looked at; undefined for all, and then what the list no longer has becomes a former image. */
  readonly only: readonly string[] | undefined;
  /** Registries that may be asked, the first one first; as image.yaml lists them when undefined. */
  readonly from: readonly RegistryName[] | undefined;
  /** Bytes that stay free on the disk. */
  readonly reserve: number;
  /** @param repository `host/path` on that registry */
  readonly client: (registry: RegistryName, repository: string) => RepositoryClient;
  /** Told what a person should know while it goes on: why another registry is asked. */
  readonly say: (line: string) => void;
  readonly onProgress?: (label: string, progress: DownloadProgress) => void;
}

/**
 * What became of an image. `repaired`: the same one, of which content was missing. `removed`: the list no longer has it, and it
 * is a former image now. `newer`: another run has put an image there since the list was read, which stays. `unlisted`: asked for, and neither the list nor the store has it.
 */
export type RefreshOutcome =
  "new" | "replaced" | "unchanged" | "repaired" | "newer" | "removed" | "unlisted" | "failed";

export interface RefreshedImage {
  readonly label: string;
  readonly outcome: RefreshOutcome;
  /** What the list says, and of a removed image what the store had. */
  readonly digest?: string;
  /** Where content came from, manifests too; none where none had to come. */
  readonly registries: readonly RegistryName[];
  /** Bytes that came over the network. */
  readonly fetched: number;
  /** Bytes of its content that did not have to. */
  readonly reused: number;
  /** Why it failed. */
  readonly reason?: string;
  /** As the store has it; not of one that failed, or that another run has replaced since. */
  readonly image?: CachedImage;
}

/**
 * Makes a store hold what a channel's list wants, image by image, each whole or as before. One that cannot be had does not stop
 * the others.
 * @returns what became of each, in the order of the list, then of those that the list has not
 * @throws UserError before the first byte when the disk has room for each, but not for all of them
 */
export async function refreshImages(refresh: Refresh): Promise<readonly RefreshedImage[]> {
  return refresh.store.writing(async () => {
    const { store, images, only } = refresh;
    const meant = images.filter(({ label }) => only === undefined || only.includes(label));
    const plans: (ImagePlan | RefreshedImage)[] = [];
    for (const wanted of meant) {
      plans.push(await orFailed(wanted, () => fittingPlan(wanted, refresh)));
    }
    const missing = await missingBlobs(
      store,
      plans.flatMap((plan) => ("blobs" in plan ? plan.blobs : [])),
    );
    return withSpaceFor(store, missing, refresh, async () => {
      announce(plans, missing, refresh);
      const refreshed: RefreshedImage[] = [];
      for (const plan of plans) {
        refreshed.push(
          "outcome" in plan ? plan : await orFailed(plan.wanted, () => refreshImage(plan, refresh)),
        );
      }
      return [...(await withImages(refreshed, refresh)), ...(await removed(refresh))];
    });
  });
}

/** @throws UserError too when the disk could not take the image alone: one that is said to be too large stops no others */
async function fittingPlan(wanted: WantedImage, refresh: Refresh): Promise<ImagePlan> {
  const { store, reserve } = refresh;
  const plan = await planImage(wanted, refresh);
  const needed = await bytesNeeded(store, await missingBlobs(store, plan.blobs));
  await refuseWithoutSpace(store, { needed, byOthers: 0, reserve });
  return plan;
}

/** Says of each image what is to come, so that the time left is that of all: a blob of several images is the first one's. */
function announce(
  plans: readonly (ImagePlan | RefreshedImage)[],
  missing: readonly Descriptor[],
  { onProgress }: Refresh,
): void {
  const left = new Map(missing.map(({ digest, size }) => [digest, size]));
  for (const plan of plans) {
    if (!("blobs" in plan)) continue;
    let total = 0;
    for (const { digest } of plan.blobs) {
      total += left.get(digest) ?? 0;
      left.delete(digest);
    }
    if (total > 0) onProgress?.(plan.wanted.label, { total, done: 0, fetched: 0 });
  }
}

async function withImages(
  refreshed: readonly RefreshedImage[],
  { store, channel }: Refresh,
): Promise<readonly RefreshedImage[]> {
  const images = await store.images(channel);
  return refreshed.map((one) => {
    const image = images.find(
      ({ label, descriptor }) => label === one.label && descriptor.digest === one.digest,
    );
    return image === undefined || one.outcome === "failed" ? one : { ...one, image };
  });
}

/** Images that the list has not: those of the channel in the store, or those that were asked for. */
async function removed({
  store,
  channel,
  images,
  leftOut = [],
  only,
}: Refresh): Promise<readonly RefreshedImage[]> {
  const listed = new Set([...images.map(({ label }) => label), ...leftOut]);
  const kept = (await store.images(channel)).map(({ label }) => label);
  const gone = (only ?? kept).filter((label) => !listed.has(label));
  if (gone.length === 0) return [];
  const nothing = { registries: [], fetched: 0, reused: 0 };
  const former = await store.remove(channel, gone);
  return [...new Set(gone)].map((label): RefreshedImage => {
    const image = former.find((one) => one.label === label);
    if (image === undefined) return { label, outcome: "unlisted", ...nothing };
    return { label, outcome: "removed", digest: image.descriptor.digest, image, ...nothing };
  });
}

async function orFailed<T>(
  { label, digest }: WantedImage,
  work: () => Promise<T>,
): Promise<T | RefreshedImage> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const nothing = { registries: [], fetched: 0, reused: 0 };
    return { label, outcome: "failed", digest, ...nothing, reason: error.message };
  }
}
