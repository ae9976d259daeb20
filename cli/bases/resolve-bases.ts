import pLimit from "p-limit";
import type { Credentials } from "../../oci/authorization.ts";
import type { Manifest } from "../../oci/manifests.ts";
import type { Registries, RepositoryClient } from "../../oci/registries.ts";

import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from "../../rules/image-reference.ts";
import {
  formatPlatform,
  isOfPlatform,
  parsePlatform,
  type Platform,
} from "../../rules/platform.ts";
import { UserError } from "../../rules/problems.ts";
import { onbuildOf, platformImages } from "./base-config.ts";
import type { BaseEntry } from "./base-entries.ts";

/** The login for a registry by its host; undefined to ask anonymously. */
export type LoginOf = (host: string) => Promise<Credentials | undefined>;

/** What a registry says of the image that a tag stands for. */
export interface Resolved {
  /** Of the index where it has several platforms; undefined when the tag is not there. */
  readonly digest?: string;
  readonly platforms: readonly Platform[];
  /** `ONBUILD` instructions that it leaves for what is built on it; only where they were asked for. */
  readonly onbuild: readonly string[];
  /** Pinned digests that were asked for and are no longer there. */
  readonly gone: ReadonlySet<string>;
}

/** By image reference: what its registry says, or why it does not. */
export type Resolutions = ReadonlyMap<string, Resolved | UserError>;

/** Images that are asked for at once, on all registries together. */
const PARALLEL = 4;

/**
 * Asks the registries what the bases' tags stand for: one request for each distinct image, a second one for a pinned digest
 * that the tag has left, and for an image with one platform its configuration, which alone tells the platform.
 * @param inspect also read the configurations of all images of an index that the entries' families are built for
 */
export async function resolveBases(
  entries: readonly BaseEntry[],
  registries: Registries,
  loginOf: LoginOf,
  inspect = false,
): Promise<Resolutions> {
  const pinned = new Map<string, Set<string>>();
  for (const { image, digest } of entries) {
    const digests = pinned.get(image) ?? new Set();
    pinned.set(image, digest === "unresolved" ? digests : digests.add(digest));
  }
  const limit = pLimit(PARALLEL);
  const resolved = [...pinned].map(([image, digests]) =>
    limit(async (): Promise<readonly [string, Resolved | UserError]> => {
      const reference = parseImageReference(image);
      const login = await loginOf(reference.host);
      const repository = registries.repository(
        formatRepository(reference),
        login === undefined ? {} : { [reference.host]: login },
      );
      try {
        const own = entries.filter((entry) => entry.image === image);
        const platforms = inspect ? own.flatMap((entry) => entry.platforms) : [];
        return [image, await resolve(repository, reference, digests, platforms)];
      } catch (error) {
        if (error instanceof UserError) return [image, error];
        throw error;
      }
    }),
  );
  return new Map(await Promise.all(resolved));
}

/** Platforms of a family that a base has none of. */
export function lackingPlatforms(
  { platforms }: BaseEntry,
  { platforms: offered }: Resolved,
): readonly string[] {
  return platforms.filter((text) => !offered.some((platform) => isNamed(platform, text)));
}

export function describePlatforms({ platforms }: Resolved): string {
  return platforms.map(formatPlatform).join(", ") || "none";
}

async function resolve(
  repository: RepositoryClient,
  { tag = "" }: ImageReference,
  pinned: ReadonlySet<string>,
  inspected: readonly string[],
): Promise<Resolved> {
  const manifest = await manifestOf(repository, tag);
  const others = [...pinned].filter((digest) => digest !== manifest?.digest);
  const there = await Promise.all(others.map((digest) => repository.manifests.digest(digest)));
  const gone = new Set(others.filter((_, index) => there[index] === undefined));
  if (manifest === undefined) return { platforms: [], onbuild: [], gone };
  const images = await platformImages(repository, manifest);
  const onbuild = new Set<string>();
  for (const { platform, digest } of images) {
    if (!inspected.some((text) => isNamed(platform, text))) continue;
    const image = digest === undefined ? manifest : await repository.manifests.get(digest);
    for (const instruction of await onbuildOf(repository, image)) onbuild.add(instruction);
  }
  const platforms = images.map(({ platform }) => platform);
  return { digest: manifest.digest, platforms, onbuild: [...onbuild], gone };
}

function isNamed(platform: Platform, text: string): boolean {
  const wanted = parsePlatform(text);
  return wanted !== undefined && isOfPlatform(platform, wanted);
}

/** Undefined when there is no such tag. */
async function manifestOf(
  repository: RepositoryClient,
  tag: string,
): Promise<Manifest | undefined> {
  try {
    return await repository.manifests.get(tag);
  } catch (error) {
    if (error instanceof UserError && "status" in error && error.status === 404) return undefined;
    throw error;
  }
}
