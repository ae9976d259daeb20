import type { RepositoryClient } from "../../../oci/registries.ts";
import type { Manifest } from "../../../oci/manifests.ts";
import { type Descriptor, isImage, isIndex } from "../../../oci/media-types.ts";
import { distinctBlobs } from "../../../rules/cache-sizes.ts";
import type { WantedImage } from "../../../rules/cached-list.ts";
import type { RegistryName } from "../../../rules/image-file-schema.ts";
import { UserError } from "../../../rules/problems.ts";
import type { DownloadSource } from "../download/download-blobs.ts";
import { contentOf, manifestContent, platformManifest } from "../image-content.ts";
import type { Store } from "../store/store.ts";
import { missingBlobs } from "./free-space.ts";

/** One registry's place of an image. */
interface ImageSource extends DownloadSource {
  readonly registry: RegistryName;
}

/** A manifest as a registry sent it. */
interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** What brings an image into a store. */
export interface ImagePlan {
  readonly wanted: WantedImage;
  /** Its manifest, or the index of its platforms. */
  readonly descriptor: Descriptor;
  /** That and of an index the platform's, as they were fetched; none where the store had them. */
  readonly manifests: readonly FetchedManifest[];
  /** Configuration and layers, each once. */
  readonly blobs: readonly Descriptor[];
  /** Bytes of all of it. */
  readonly size: number;
  /** Where blobs are asked for, the first one first. */
  readonly sources: readonly ImageSource[];
}

/** What a plan is made with. */
interface Planning {
  readonly store: Store;
  readonly client: (registry: RegistryName, repository: string) => RepositoryClient;
  /** Registries that may be asked, the first one first; those of the image's family when undefined. */
  readonly from: readonly RegistryName[] | undefined;
  /** Told why another registry is asked. */
  readonly say: (line: string) => void;
}

/**
 * Finds out what an image consists of: by the store, where any channel has or had it, else by the first registry that has its
 * manifest.
 * @throws UserError when no registry that may be asked has it, or it is no image
 */
export async function planImage(wanted: WantedImage, planning: Planning): Promise<ImagePlan> {
  const sources = sourcesOf(wanted, planning);
  const kept = await keptContent(planning.store, wanted);
  // What is whole needs no registry.
  const isEnough =
    kept !== undefined &&
    (sources.length > 0 || (await missingBlobs(planning.store, kept.blobs)).length === 0);
  if (isEnough) return { wanted, ...kept, manifests: [], sources };
  if (sources.length === 0) throw new UserError(nowhere(wanted, planning.from ?? []));
  const reasons: string[] = [];
  for (const [index, { name, repository }] of sources.entries()) {
    const manifests = await attempt(() => fetchedManifests(repository, wanted.digest));
    if ("reason" in manifests) {
      const next = sources[index + 1];
      reasons.push(manifests.reason);
      if (next !== undefined) {
        planning.say(`${wanted.label}: ${name} is left for ${next.name}: ${manifests.reason}`);
      }
      continue;
    }
    return { wanted, ...planned(manifests.done), sources: sources.slice(index) };
  }
  // What is wrong with the image itself is the same everywhere.
  throw new UserError([...new Set(reasons)].join("; "));
}

function sourcesOf(wanted: WantedImage, { client, from }: Planning): readonly ImageSource[] {
  const order = from ?? (Object.keys(wanted.repositories) as RegistryName[]);
  return order.flatMap((registry) => {
    const name = wanted.repositories[registry];
    return name === undefined ? [] : [{ registry, name, repository: client(registry, name) }];
  });
}

function nowhere({ repositories }: WantedImage, from: readonly RegistryName[]): string {
  const carried = Object.keys(repositories);
  if (carried.length === 0) {
    return "the list has it on no registry; slipway record lists it when slipway up has put it there";
  }
  return `it is on ${carried.join(" and ")}, and --from names only ${from.join(" and ")}`;
}

/** What a store says of an image that it keeps for any channel, or kept; undefined where its manifests are not whole there. */
async function keptContent(
  store: Store,
  { digest }: WantedImage,
): Promise<Pick<ImagePlan, "descriptor" | "blobs" | "size"> | undefined> {
  const channels = await Promise.all((await store.channels()).map((one) => store.images(one)));
  const kept = [...channels.flat(), ...(await store.former())].find(
    (image) => image.descriptor.digest === digest,
  );
  if (kept === undefined) return undefined;
  const content = await attempt(() => contentOf(store, kept));
  // It is fetched anew then.
  if ("reason" in content) return undefined;
  const { config, layers, all } = content.done;
  return {
    descriptor: kept.descriptor,
    blobs: distinctBlobs([config, ...layers]),
    size: bytesOf(all),
  };
}

/** An image's manifest; of an index that and the platform's. */
async function fetchedManifests(
  repository: RepositoryClient,
  digest: string,
): Promise<readonly FetchedManifest[]> {
  const first = fetchedManifest(await repository.manifests.get(digest));
  if (!isIndex(first.descriptor.mediaType)) return [first];
  // As the index lists it, which is held against the bytes when they are stored.
  const descriptor = platformManifest(first.descriptor, first.bytes);
  const { bytes } = await repository.manifests.get(descriptor.digest);
  return [first, { descriptor, bytes }];
}

function fetchedManifest({ mediaType, digest, bytes }: Manifest): FetchedManifest {
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes };
}

/** @throws UserError when they are no image's */
function planned(
  manifests: readonly FetchedManifest[],
): Pick<ImagePlan, "descriptor" | "manifests" | "blobs" | "size"> {
  const [first] = manifests;
  const last = manifests.at(-1);
  if (first === undefined || last === undefined) throw new Error("no manifest was fetched");
  const { mediaType, digest } = last.descriptor;
  if (!isImage(mediaType)) {
    throw new UserError(
      `${digest} is no image: its manifest is of type ${JSON.stringify(mediaType)}`,
    );
  }
  const { config, layers } = manifestContent(last.descriptor, last.bytes);
  const blobs = distinctBlobs([config, ...layers]);
  const size = bytesOf([...blobs, ...manifests.map(({ descriptor }) => descriptor)]);
  return { descriptor: first.descriptor, manifests, blobs, size };
}

/** What a piece of work did, or in a user's words why not. */
async function attempt<T>(
  work: () => Promise<T>,
): Promise<{ readonly done: T } | { readonly reason: string }> {
  try {
    return { done: await work() };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { reason: error.message };
  }
}

function bytesOf(blobs: readonly Descriptor[]): number {
  return blobs.reduce((bytes, { size }) => bytes + size, 0);
}
