import { z } from "zod";
import { readBytes } from "../../oci/bodies.ts";
import type { Manifest } from "../../oci/manifests.ts";
import { isIndex, PlatformFields, PlatformIndex } from "../../oci/media-types.ts";
import type { RepositoryClient } from "../../oci/registries.ts";
import { defaultRetryPolicy, retry } from "../../oci/retry.ts";
import type { Platform } from "../../rules/platform.ts";

/** An image for one platform, as its index or its configuration tells it. */
export interface PlatformImage {
  readonly platform: Platform;
  /** Absent where the manifest itself is the image. */
  readonly digest?: string;
}

const CONFIG_LIMIT = 8 * 1024 * 1024;

/** @see https://github.com/moby/docker-image-spec/blob/main/spec.md */
const Configuration = PlatformFields.extend({
  config: z.object({ OnBuild: z.array(z.string()).nullish() }).nullish(),
});

/** The images of an index, or the one that a manifest is; without attestations, whose platform is `unknown/unknown`. */
export async function platformImages(
  repository: RepositoryClient,
  manifest: Manifest,
): Promise<readonly PlatformImage[]> {
  if (isIndex(manifest.mediaType)) {
    const index = PlatformIndex.safeParse(parseJson(manifest.bytes));
    return (index.data?.manifests ?? []).flatMap(({ digest, platform }) =>
      platform === undefined || platform.os === "unknown"
        ? []
        : [{ platform: toPlatform(platform), digest }],
    );
  }
  const configuration = await readConfiguration(repository, manifest);
  return configuration === undefined ? [] : [{ platform: toPlatform(configuration) }];
}

/** The `ONBUILD` instructions that an image leaves for what is built on it. */
export async function onbuildOf(
  repository: RepositoryClient,
  manifest: Manifest,
): Promise<readonly string[]> {
  return (await readConfiguration(repository, manifest))?.config?.OnBuild ?? [];
}

async function readConfiguration(
  repository: RepositoryClient,
  { document: { config } }: Manifest,
): Promise<z.infer<typeof Configuration> | undefined> {
  if (config === undefined) return undefined;
  const bytes = await retry(defaultRetryPolicy, async () =>
    readBytes(await repository.blobs.open(config), CONFIG_LIMIT),
  );
  return Configuration.safeParse(parseJson(bytes)).data;
}

function toPlatform({ os, architecture, variant = "" }: z.infer<typeof PlatformFields>): Platform {
  return { os, architecture, ...(variant !== "" && { variant }) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
