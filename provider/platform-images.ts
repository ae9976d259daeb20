import { z } from "zod";
import { parseJson } from "../oci/bodies.ts";
import { sha256 } from "../oci/digest.ts";
import type { Manifest } from "../oci/manifests.ts";
import { isIndex, ManifestDocument, OCI_INDEX } from "../oci/media-types.ts";
import type { RepositoryClient } from "../oci/registries.ts";

import { formatRepository } from "../rules/image-reference.ts";
import { formatPlatform, isOfPlatform, parsePlatform, type Platform } from "../rules/platform.ts";
import { UserError } from "../rules/problems.ts";

/** Bytes; BuildKit's own are a few thousand. */
const CONFIG_LIMIT = 4 * 1024 * 1024;

const PlatformFields = z.looseObject({
  os: z.string(),
  architecture: z.string(),
  variant: z.string().optional(),
});

/** An entry of an index, all of it: what an index says of an image or of its attestations is kept. */
const Entry = z.looseObject({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number(),
  platform: PlatformFields.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
type Entry = z.infer<typeof Entry>;

/** @throws UserError unless all images of some content are of the platform, and there is one */
export async function assertPlatform(
  client: RepositoryClient,
  digest: string,
  platform: string,
): Promise<void> {
  const wanted = parsePlatform(platform);
  const images = (await entriesOf(client, digest)).filter((entry) => !isAttestation(entry));
  const found: Platform[] = [];
  for (const image of images) found.push(await platformOf(client, image.digest));
  if (wanted !== undefined && found.length > 0 && found.every((one) => isOfPlatform(one, wanted))) {
    return;
  }
  const names = [...new Set(found.map(formatPlatform))].join(", ") || "no image at all";
  throw new UserError(
    `${formatRepository(client)}@${digest} is ${names}, and was given as the image for ${platform}; ` +
      `nothing was named. Build it for ${platform}`,
  );
}

/**
 * An index of the images of several contents of one repository, which must have them. Content that is an index itself gives
 * its images and their attestations, as `docker buildx imagetools create` does; an image alone is listed with the platform
 * that its configuration names. The same contents always give the same bytes.
 * @see https://github.com/docker/buildx/blob/master/util/imagetools/create.go
 */
export async function indexOf(
  client: RepositoryClient,
  digests: readonly string[],
): Promise<Manifest> {
  const entries = new Map<string, Entry>();
  for (const digest of digests) {
    for (const entry of await entriesOf(client, digest)) {
      if (entries.has(entry.digest)) continue;
      const platform = entry.platform ?? { ...(await platformOf(client, entry.digest)) };
      entries.set(entry.digest, { ...entry, platform });
    }
  }
  const document = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...entries.values()] };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    mediaType: OCI_INDEX,
    digest: sha256(bytes),
    bytes,
    document: ManifestDocument.parse(document),
  };
}

/** What an index lists, or the image alone. */
async function entriesOf(client: RepositoryClient, digest: string): Promise<readonly Entry[]> {
  const { mediaType, bytes } = await client.manifests.get(digest);
  if (!isIndex(mediaType)) return [{ mediaType, digest, size: bytes.length }];
  const index = z.object({ manifests: z.array(Entry) }).safeParse(parseJson(bytes));
  if (index.success) return index.data.manifests;
  throw new UserError(
    `${formatRepository(client)}@${digest} is an index whose entries are not in OCI's form: ${z.prettifyError(index.error)}`,
  );
}

/**
 * Whether an entry holds what BuildKit tells of an image (provenance, SBOM) and is none itself.
 * @see https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
function isAttestation({ annotations }: Entry): boolean {
  return annotations?.["vnd.docker.reference.type"] === "attestation-manifest";
}

/** What an image's configuration says it runs on. */
async function platformOf(client: RepositoryClient, digest: string): Promise<Platform> {
  const { document } = await client.manifests.get(digest);
  const where = `${formatRepository(client)}@${digest}`;
  if (document.config === undefined) {
    throw new UserError(`${where} has no configuration that says its platform: it is no image`);
  }
  const bytes = await client.blobs.bytes(document.config, CONFIG_LIMIT);
  const config = PlatformFields.safeParse(parseJson(bytes));
  if (!config.success) {
    throw new UserError(`${where}: its configuration does not say its platform: it is no image`);
  }
  const { os, architecture, variant } = config.data;
  return { os, architecture, ...(variant !== undefined && variant !== "" && { variant }) };
}
