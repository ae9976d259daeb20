import type { Descriptor } from "../../../oci/media-types.ts";
import { formatBytes } from "../../../rules/byte-size.ts";
import type { CachedImage } from "../cached-image.ts";
import { downloadBlobs } from "../download/download-blobs.ts";
import { unpackedSizes } from "../unpacked-sizes.ts";
import { missingBlobs } from "./free-space.ts";
import type { ImagePlan } from "./image-plan.ts";
import type { Refresh, RefreshedImage, RefreshOutcome } from "./refresh-images.ts";

type ImageRefresh = Pick<Refresh, "store" | "channel" | "say" | "onProgress" | "listRead">;

/**
 * Brings one image into a store: layers and configuration first, then its manifests, and the channel's index last. Who reads
 * meanwhile finds the image before.
 * @throws UserError
 */
export async function refreshImage(
  plan: ImagePlan,
  refresh: ImageRefresh,
): Promise<RefreshedImage> {
  const { store, channel } = refresh;
  const { label } = plan.wanted;
  return store.writingImage(channel, label, async () => {
    // Another run may have brought it while this one waited.
    const before = (await store.images(channel)).find((image) => image.label === label);
    if (before !== undefined && isNewer(before, plan.descriptor, refresh.listRead)) {
      const { digest } = before.descriptor;
      return { label, outcome: "newer", digest, registries: [], fetched: 0, reused: plan.size };
    }
    const { fetched, registries, isWhole } = await fetchContent(plan, refresh);
    const image = cachedImage(plan, channel, before);
    const unpacked = await unpackedSizes(store, image, (packed) =>
      refresh.say(`${label}: ${formatBytes(packed)} of layers are unpacked once, to check them`),
    );
    await store.put({ ...image, unpacked });
    return {
      label,
      outcome: outcomeOf(before, plan.descriptor, isWhole),
      digest: plan.descriptor.digest,
      registries,
      fetched,
      reused: Math.max(plan.size - fetched, 0),
    };
  });
}

/** Whether a run whose list was read later has put another image there. */
function isNewer(before: CachedImage, { digest }: Descriptor, listRead: number): boolean {
  return before.descriptor.digest !== digest && Date.parse(before.refreshed) > listRead;
}

/**
 * Fetches what of an image is not there. Returns the bytes that came over the network, its manifests' too, and where from; and
 * whether all of it was there, as another run had brought it since this one planned.
 */
async function fetchContent(
  { wanted: { label }, manifests, blobs, sources }: ImagePlan,
  { store, say, onProgress }: ImageRefresh,
): Promise<Pick<RefreshedImage, "fetched" | "registries"> & { readonly isWhole: boolean }> {
  const missing = await missingBlobs(store, blobs);
  const lacking = await missingBlobs(
    store,
    manifests.map(({ descriptor }) => descriptor),
  );
  let fetched = 0;
  // Whose manifest it is is the first source.
  const brought = new Set(manifests.length > 0 ? sources.slice(0, 1) : []);
  if (missing.length > 0) {
    const done = await downloadBlobs(store, missing, sources, {
      onFallback: (line) => say(`${label}: ${line}`),
      ...(onProgress !== undefined && { onProgress: (progress) => onProgress(label, progress) }),
    });
    fetched += done.bytesFetched;
    for (const source of done.sources) brought.add(source);
  }
  for (const { descriptor, bytes } of manifests) {
    await store.putBytes(descriptor, bytes);
    fetched += bytes.length;
  }
  const registries = [...brought].map(({ registry }) => registry);
  return { fetched, registries, isWhole: missing.length + lacking.length === 0 };
}

function cachedImage(
  { wanted, descriptor }: ImagePlan,
  channel: string,
  before: CachedImage | undefined,
): CachedImage {
  const { label, contentName, references, names, commit } = wanted;
  const refreshed = new Date().toISOString();
  const isSame = before?.descriptor.digest === descriptor.digest;
  return {
    ...{ label, descriptor, contentName, references, names, channel, commit },
    added: isSame ? before.added : refreshed,
    refreshed,
  };
}

function outcomeOf(
  before: CachedImage | undefined,
  { digest }: Descriptor,
  isWhole: boolean,
): RefreshOutcome {
  if (before === undefined) return "new";
  if (before.descriptor.digest !== digest) return "replaced";
  return isWhole ? "unchanged" : "repaired";
}
