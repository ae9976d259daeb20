import { z } from "zod";
import type { Descriptor } from "../../../oci/media-types.ts";
import { DIGEST } from "../../../rules/image-reference.ts";
import { formatPlatform, isOfPlatform, parsePlatform } from "../../../rules/platform.ts";
import { hostPlatform } from "../image-content.ts";
import { openQuietly } from "../store/open-for-reading.ts";
import { readBlob } from "../store/read-blob.ts";
import type { Store } from "../store/store.ts";

const Index = z.object({
  manifests: z.array(
    z.object({
      digest: z.string().regex(DIGEST),
      size: z.int().nonnegative(),
      platform: z
        .object({ os: z.string(), architecture: z.string(), variant: z.string().optional() })
        .optional(),
    }),
  ),
});

/** The platforms that an index lists, as `linux/amd64`. Attestations are of none. */
interface KeptPlatforms {
  /** Those that machines with this store refreshed. */
  readonly there: readonly string[];
  readonly absent: readonly string[];
  /** Whether this machine's is among them that are there. */
  readonly isOwnThere: boolean;
}

/** @param index that could be read, and was taken for one, before */
export async function keptPlatforms(store: Store, index: Descriptor): Promise<KeptPlatforms> {
  const bytes = await readBlob(store.blobPath(index.digest), index, openQuietly);
  const { manifests } = Index.parse(JSON.parse(bytes.toString()));
  const there: string[] = [];
  const absent: string[] = [];
  let isOwnThere = false;
  const own = parsePlatform(hostPlatform());
  for (const { platform, ...manifest } of manifests) {
    if (platform === undefined || platform.os === "unknown") continue;
    const { os, architecture, variant } = platform;
    const listed = { os, architecture, ...(variant !== undefined && { variant }) };
    const isThere = await store.has(manifest);
    (isThere ? there : absent).push(formatPlatform(listed));
    isOwnThere ||= isThere && own !== undefined && isOfPlatform(listed, own);
  }
  return { there, absent, isOwnThere };
}
