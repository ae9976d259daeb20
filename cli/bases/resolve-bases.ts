import pLimit from "p-limit";
import { z } from "zod";
import type { Credentials } from "../../oci/authorization.ts";
import { readBytes } from "../../oci/bodies.ts";
import type { Manifest } from "../../oci/manifests.ts";
import { isIndex } from "../../oci/media-types.ts";
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
import type { BaseEntry } from "./base-entries.ts";

/** The login for a registry by its host; undefined to ask anonymously. */
export type LoginOf = (host: string) => Promise<Credentials | undefined>;

/** What a registry says of the image that a tag stands for. */
export interface Resolved {
  /** Of the index where it has several platforms; undefined when the tag is not there. */
  readonly digest?: string;
  readonly platforms: readonly Platform[];
  /** Pinned digests that were asked for and are no longer there. */
  readonly gone: ReadonlySet<string>;
}

/** By image reference: what its registry says, or why it does not. */
export type Resolutions = ReadonlyMap<string, Resolved | UserError>;

/** Images that are asked for at once, on all registries together. */
const PARALLEL = 4;
const CONFIG_LIMIT = 8 * 1024 * 1024;

const PlatformFields = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});
const IndexPlatforms = z.object({
  manifests: z.array(z.object({ platform: PlatformFields.optional() })),
});

/**
 * Asks the registries what the bases' tags stand for: one request for each distinct image, a second one for a pinned digest
 * that the tag has left, and for an image with one platform its configuration, which alone tells the platform.
 */
export async function resolveBases(
  entries: readonly BaseEntry[],
  registries: Registries,
  loginOf: LoginOf,
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
        return [image, await resolve(repository, reference, digests)];
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
  return platforms.filter((text) => {
    const wanted = parsePlatform(text);
    return wanted !== undefined && !offered.some((platform) => isOfPlatform(platform, wanted));
  });
}

export function describePlatforms({ platforms }: Resolved): string {
  return platforms.map(formatPlatform).join(", ") || "none";
}

async function resolve(
  repository: RepositoryClient,
  { tag = "" }: ImageReference,
  pinned: ReadonlySet<string>,
): Promise<Resolved> {
  const manifest = await manifestOf(repository, tag);
  const others = [...pinned].filter((digest) => digest !== manifest?.digest);
  const there = await Promise.all(others.map((digest) => repository.manifests.digest(digest)));
  const gone = new Set(others.filter((_, index) => there[index] === undefined));
  if (manifest === undefined) return { platforms: [], gone };
  return { digest: manifest.digest, platforms: await platformsOf(repository, manifest), gone };
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

async function platformsOf(
  repository: RepositoryClient,
  manifest: Manifest,
): Promise<readonly Platform[]> {
  if (isIndex(manifest.mediaType)) {
    const index = IndexPlatforms.safeParse(
      JSON.parse(Buffer.from(manifest.bytes).toString("utf8")),
    );
    return (index.data?.manifests ?? []).flatMap(({ platform }) => toPlatform(platform));
  }
  const { config } = manifest.document;
  if (config === undefined) return [];
  const bytes = await readBytes(await repository.blobs.get(config), CONFIG_LIMIT);
  return toPlatform(PlatformFields.safeParse(parseJson(bytes)).data);
}

/** Attestations are listed as images of the platform `unknown/unknown`. */
function toPlatform(fields: z.infer<typeof PlatformFields> | undefined): readonly Platform[] {
  if (fields === undefined || fields.os === "unknown") return [];
  const { os, architecture, variant = "" } = fields;
  return [{ os, architecture, ...(variant !== "" && { variant }) }];
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
