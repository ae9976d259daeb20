import { z } from "zod";
import { isIndex, type Descriptor } from "../../oci/media-types.ts";
import { distinctBlobs } from "../../rules/cache-sizes.ts";
import { documentProblems, toldProblems } from "../../rules/document-problems.ts";
import { DIGEST } from "../../rules/image-reference.ts";
import { formatPlatform, isOfPlatform, parsePlatform } from "../../rules/platform.ts";
import { ProblemsError, type Problem } from "../../rules/problems.ts";
import type { CachedImage } from "./cached-image.ts";
import { MANIFEST_LIMIT } from "./store/read-blob.ts";
import type { Store } from "./store/store.ts";

/** Layers, and manifests in an index, that are looked at. The classic engine takes 127 layers. */
const MOST = 512;
/** A blob's most bytes, a hundred times a large layer: what is to be fetched is cut into pieces beforehand. */
const BLOB_LIMIT = 2 ** 40;

const size = z
  .int("a size in bytes")
  .nonnegative("a size in bytes")
  .max(BLOB_LIMIT, `a size of at most ${BLOB_LIMIT} bytes`);
const Listed = z.object(
  {
    mediaType: z.string("a media type").max(255, "a media type"),
    digest: z.string("a digest").regex(DIGEST, "a digest, sha256: and 64 hex digits"),
    size,
    urls: z.array(z.string("a URL"), "a list of URLs").optional(),
  },
  "a descriptor",
);
const mediaType = z.string("a media type").optional();
const none = (what: string) => z.undefined(`allowed in ${what}`).optional();

const ImageDocument = z.object(
  {
    mediaType,
    config: Listed,
    layers: z.array(Listed, "a list of layers").max(MOST, `a list of at most ${MOST} layers`),
    manifests: none("the manifest of an image"),
  },
  "the manifest of an image",
);
/** The manifest of one image. */
type ImageDocument = z.infer<typeof ImageDocument>;

const IndexDocument = z.object(
  {
    mediaType,
    manifests: z
      .array(
        Listed.extend({
          platform: z
            .object({
              os: z.string("a text"),
              architecture: z.string("a text"),
              variant: z.string("a text").optional(),
            })
            .optional(),
        }),
        "a list of manifests",
      )
      .max(MOST, `a list of at most ${MOST} manifests`),
    config: none("an index"),
    layers: none("an index"),
  },
  "an index of platforms",
);

/** What an image consists of, on one platform. */
export interface ImageContent {
  /** Of the platform: where the image is an index, the manifest that it lists. */
  readonly manifest: Descriptor & { readonly bytes: Uint8Array };
  readonly document: ImageDocument;
  readonly config: Descriptor;
  /** In the image's order; equal ones are there as often as the manifest lists them. */
  readonly layers: readonly Descriptor[];
  /** Every blob of it that the store keeps, each once: index, manifest, configuration, layers. */
  readonly all: readonly Descriptor[];
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm: "arm/v7" };

/** This machine's, as image indexes write it: `linux/amd64`. Engines run Linux images on every system. */
export function hostPlatform(): string {
  return `linux/${ARCHITECTURES[process.arch] ?? process.arch}`;
}

/**
 * The manifest of a platform in the bytes of an index.
 * @throws UserError when the index is malformed, lists another index, or has no such platform
 */
export function platformManifest(
  index: Descriptor,
  bytes: Uint8Array,
  platform = hostPlatform(),
): Descriptor {
  const { manifests } = parsed(IndexDocument, index, bytes);
  const problems = manifests.flatMap((listed, at): readonly Problem[] => {
    const path = `manifests[${at}]`;
    const nested = isIndex(listed.mediaType)
      ? [{ path: `${path}.mediaType`, message: "is an index; an index lists images alone" }]
      : [];
    return [...nested, ...urlProblems(listed, path)];
  });
  if (problems.length > 0) throw refused(index, problems);
  const wanted = parsePlatform(platform);
  if (wanted === undefined) throw new Error(`${JSON.stringify(platform)} is no platform`);
  const found = manifests.find((listed) => {
    if (listed.platform === undefined) return false;
    const { os, architecture, variant } = listed.platform;
    return isOfPlatform({ os, architecture, ...(variant !== undefined && { variant }) }, wanted);
  });
  if (found !== undefined) return plain(found);
  const message = `there is none of ${formatPlatform(wanted)}`;
  throw refused(index, [{ path: "manifests", message }]);
}

/**
 * The configuration and layers in the bytes of an image's manifest.
 * @throws UserError when it is malformed, lies about sizes, or has layers that are only to be had elsewhere
 */
export function manifestContent(
  manifest: Descriptor,
  bytes: Uint8Array,
): Pick<ImageContent, "document" | "config" | "layers"> {
  const document = parsed(ImageDocument, manifest, bytes);
  const { config, layers } = document;
  const sizes = new Map<string, number>();
  const problems = [config, ...layers].flatMap((listed, at): readonly Problem[] => {
    const path = at === 0 ? "config" : `layers[${at - 1}]`;
    const known = sizes.get(listed.digest) ?? listed.size;
    sizes.set(listed.digest, known);
    const differs = `${listed.size} bytes, and ${known} bytes before for the same digest`;
    return [
      ...urlProblems(listed, path),
      ...(known === listed.size ? [] : [{ path: `${path}.size`, message: differs }]),
    ];
  });
  if (config.size > MANIFEST_LIMIT) {
    const message = `${config.size} bytes are more than a configuration may have (${MANIFEST_LIMIT})`;
    problems.push({ path: "config.size", message });
  }
  if (problems.length > 0) throw refused(manifest, problems);
  return { document, config: plain(config), layers: layers.map(plain) };
}

/**
 * Reads what an image in a store consists of. Its configuration and layers need not be there yet.
 * @throws UserError when a manifest is not there, damaged or refused
 */
export async function contentOf(
  store: Pick<Store, "bytes">,
  { descriptor }: Pick<CachedImage, "descriptor">,
  platform?: string,
): Promise<ImageContent> {
  const bytes = await store.bytes(descriptor);
  if (!isIndex(descriptor.mediaType)) return content(descriptor, bytes, []);
  const manifest = platformManifest(descriptor, bytes, platform);
  return content(manifest, await store.bytes(manifest), [descriptor]);
}

function content(
  manifest: Descriptor,
  bytes: Uint8Array,
  above: readonly Descriptor[],
): ImageContent {
  const { document, config, layers } = manifestContent(manifest, bytes);
  return {
    manifest: { ...manifest, bytes },
    document,
    config,
    layers,
    all: distinctBlobs([...above, manifest, config, ...layers]),
  };
}

function parsed<T extends { readonly mediaType?: string | undefined }>(
  schema: z.ZodType<T>,
  descriptor: Descriptor,
  bytes: Uint8Array,
): T {
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    throw refused(descriptor, [{ path: "(document)", message: "is no JSON" }]);
  }
  const { success, data, error } = schema.safeParse(raw);
  if (!success) throw refused(descriptor, documentProblems(error, raw));
  if (data.mediaType !== undefined && data.mediaType !== descriptor.mediaType) {
    const message = `${JSON.stringify(data.mediaType)} is not what it is listed as, ${descriptor.mediaType}`;
    throw refused(descriptor, [{ path: "mediaType", message }]);
  }
  return data;
}

/** What is to be had from somewhere else than the registry was never checked by it, and tools would fetch it from there. */
function urlProblems(listed: z.infer<typeof Listed>, path: string): readonly Problem[] {
  if ((listed.urls?.length ?? 0) === 0) return [];
  return [
    { path: `${path}.urls`, message: "leads away from the registry; such content is not kept" },
  ];
}

function plain({ mediaType, digest, size }: z.infer<typeof Listed>): Descriptor {
  return { mediaType, digest, size };
}

function refused({ digest }: Descriptor, problems: readonly Problem[]): ProblemsError {
  return new ProblemsError(`manifest ${digest} cannot be kept`, toldProblems(problems));
}
