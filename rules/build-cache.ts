import type { LifecycleRule } from "./lifecycle.ts";
import { TAG } from "./image-reference.ts";
import { markedName } from "./marked-name.ts";
import { type Channel, channelTag, isChannel, TAG_LENGTH } from "./names.ts";
import { platformEnd } from "./builder-name.ts";

/** What is built, as far as its cache is concerned. */
export interface CachedImage {
  /** `host/path` of the family on its first registry. */
  readonly repository: string;
  /** Absent in a family with one image. */
  readonly accelerator?: string;
  /** `linux/arm64`; only where the family has several platforms, whose builds would overwrite each other's cache. */
  readonly platform?: string;
  /** The check of the image's contract, a build of its own: with its cache nobody fetches the image to check it again. */
  readonly contract?: true;
}

/** Where a build's steps are looked up, and where they are written down. */
export interface CacheReferences {
  /** `host/path:tag`, the nearest first. */
  readonly from: readonly string[];
  /** Absent for a ref that may write no cache. */
  readonly to?: string;
}

/** What a repository of caches forgets: all that the next build wrote anew, as soon as nobody reads it any more. */
export const FORGET_UNNAMED_CACHE: readonly LifecycleRule[] = [
  {
    description: "Cache that lost its name to a newer one, a day after its push",
    untagged: true,
    olderThanDays: 1,
  },
];

/** The accelerator's place in a cache tag of a family with one image. */
const NO_ACCELERATOR = "default";

/** The repository with the cache of a family's builds, beside that of its images; its tags move. */
export function cacheRepository(repository: string): string {
  return `${repository}-cache`;
}

/**
 * The repository with the candidates of a family, images that were built from pull requests, beside that of its images.
 * Nothing trusted reads it by name.
 */
export function candidateRepository(repository: string): string {
  return `${repository}-candidate`;
}

/**
 * The build cache of an image in a channel: `<accelerator>__<channel>`, with the platform and the check of the contract
 * between them where there are several. No accelerator holds two underscores.
 *
 * A channel reads what it wrote itself, a release line also what main wrote, from which it was cut. Whatever has no stack
 * of its own, such as a stage branch that anybody may push, reads main's and writes none: steps that it made could else
 * end in a published image.
 * @see https://docs.docker.com/build/cache/backends/registry/
 */
export function cacheReferences(image: CachedImage, channel: Channel): CacheReferences {
  const own = cacheReference(image, channel);
  const main = cacheReference(image, "main");
  if (!isChannel(channel)) return { from: [main] };
  return { from: [...new Set([own, main])], to: own };
}

function cacheReference(
  { repository, accelerator, platform, contract }: CachedImage,
  channel: Channel,
): string {
  const parts = [
    accelerator ?? NO_ACCELERATOR,
    ...(platform === undefined ? [] : [platformEnd(platform)]),
    ...(contract === true ? ["contract"] : []),
    channelTag(channel),
  ];
  const plain = parts.join("__");
  const tag = TAG.test(plain) ? plain : markedName(plain, plain, TAG_LENGTH);
  return `${cacheRepository(repository)}:${tag}`;
}
