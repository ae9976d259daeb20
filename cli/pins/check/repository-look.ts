import type { LimitFunction } from "p-limit";
import { z } from "zod";
import { DamagedContentFault, RegistryFault } from "../../../oci/faults.ts";
import type { Manifest } from "../../../oci/manifests.ts";
import {
  type Descriptor,
  isForeign,
  isImage,
  isIndex,
  PlatformFields,
  PlatformIndex,
} from "../../../oci/media-types.ts";
import type { RepositoryClient } from "../../../oci/registries.ts";
import { formatPlatform, parsePlatform } from "../../../rules/platform.ts";

/** What a repository has of an image, or of an index and all that it lists. */
export interface ImageLook {
  /** `linux/amd64`; without attestations, whose platform is `unknown/unknown`. */
  readonly platforms: readonly string[];
  /** When the youngest of its images was built, in ISO 8601 and UTC; absent where none tells. */
  readonly created?: string;
  /** Bytes of all blobs, each once. */
  readonly size: number;
  /** What is listed and not there, or not what it should be, in words. */
  readonly lacks: readonly string[];
}

/** @see https://github.com/opencontainers/image-spec/blob/main/config.md */
const Configuration = z.object({
  ...PlatformFields.partial().shape,
  created: z.string().nullish(),
});
type Configuration = z.infer<typeof Configuration>;

/** As it was read. */
interface FoundPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/** Bytes. */
const CONFIG_LIMIT = 8 * 1024 * 1024;
/** Types of blobs that say what an image is; anything else in their place belongs to no image that runs. */
const CONFIGURATIONS = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];
/** An index may list indexes; nobody needs more than one in another. */
const DEEPEST = 3;
/** Builds that are made to be the same every time date themselves to the beginning of some calendar. */
const FIRST_DATE = Date.UTC(2000, 0, 1);

/** Looks at images of one repository; each manifest and blob once, however many images have it. */
export class RepositoryLook {
  readonly #repository: RepositoryClient;
  readonly #limit: LimitFunction;
  readonly #blobs = new Map<string, Promise<boolean>>();

  /** @param limit of requests at once, those to other repositories included */
  constructor(repository: RepositoryClient, limit: LimitFunction) {
    this.#repository = repository;
    this.#limit = limit;
  }

  /**
   * Undefined when the repository has no such digest.
   * @throws UserError when the registry cannot be reached or refuses
   */
  async at(digest: string): Promise<ImageLook | undefined> {
    const manifest = await this.#manifest(digest);
    if (manifest === undefined) return undefined;
    return together(await this.#parts(manifest, undefined, 1));
  }

  async #parts(
    manifest: Manifest,
    platform: FoundPlatform | undefined,
    depth: number,
  ): Promise<readonly Part[]> {
    if (isImage(manifest.mediaType)) return [await this.#image(manifest, platform)];
    if (!isIndex(manifest.mediaType) || depth > DEEPEST) {
      const found = depth > DEEPEST ? "indexes in indexes in indexes" : manifest.mediaType;
      return [{ lacks: [`${manifest.digest} is no image, but ${JSON.stringify(found)}`] }];
    }
    const named = new Map(
      PlatformIndex.safeParse(parseJson(manifest.bytes)).data?.manifests.map((one) => [
        one.digest,
        one.platform,
      ]),
    );
    const listed = manifest.document.manifests ?? [];
    const parts = listed.map(async ({ digest }): Promise<readonly Part[]> => {
      const own = named.get(digest);
      try {
        const child = await this.#manifest(digest);
        if (child !== undefined) return await this.#parts(child, own, depth + 1);
      } catch (error) {
        if (!(error instanceof DamagedContentFault)) throw error;
        return [{ lacks: [error.message] }];
      }
      const what = own === undefined ? "" : ` of ${platformText(own) ?? "no platform"}`;
      return [{ lacks: [`the manifest${what}, ${digest}, is not there`] }];
    });
    return (await Promise.all(parts)).flat();
  }

  async #image(
    { document: { config, layers = [] } }: Manifest,
    platform: FoundPlatform | undefined,
  ): Promise<Part> {
    const blobs = layers.filter((layer) => !isForeign(layer));
    const isDescribed = config !== undefined && CONFIGURATIONS.includes(config.mediaType);
    if (config !== undefined && !isDescribed) blobs.push(config);
    const [described, there] = await Promise.all([
      isDescribed ? this.#configuration(config) : undefined,
      Promise.all(blobs.map(({ digest }) => this.#has(digest))),
    ]);
    const lacks = blobs
      .filter((_, index) => there[index] === false)
      .map(({ digest }) => `blob ${digest} is not there`);
    const all = isDescribed ? [config, ...blobs] : blobs;
    if (typeof described === "string") return { blobs: all, lacks: [described, ...lacks] };
    const own = platformText(platform ?? PlatformFields.safeParse(described).data);
    const created = own === undefined ? undefined : dateOf(described?.created);
    return {
      ...(own !== undefined && { platform: own }),
      ...(created !== undefined && { created }),
      blobs: all,
      lacks,
    };
  }

  async #manifest(digest: string): Promise<Manifest | undefined> {
    return this.#limit(() => ifThere(() => this.#repository.manifests.get(digest)));
  }

  async #has(digest: string): Promise<boolean> {
    const has = this.#blobs.get(digest) ?? this.#limit(() => this.#repository.blobs.has(digest));
    this.#blobs.set(digest, has);
    return has;
  }

  /** Or what is wrong with it, in words. */
  async #configuration(config: Descriptor): Promise<Configuration | string> {
    try {
      const bytes = await this.#limit(() =>
        ifThere(() => this.#repository.blobs.bytes(config, CONFIG_LIMIT)),
      );
      if (bytes === undefined) return `the configuration, ${config.digest}, is not there`;
      return Configuration.safeParse(parseJson(bytes)).data ?? {};
    } catch (error) {
      if (error instanceof DamagedContentFault) return error.message;
      throw error;
    }
  }
}

/** What one manifest has to do with a look. */
interface Part {
  readonly platform?: string;
  /** Milliseconds since 1970. */
  readonly created?: number;
  readonly blobs?: readonly Descriptor[];
  readonly lacks: readonly string[];
}

function together(parts: readonly Part[]): ImageLook {
  const dates = parts.flatMap(({ created }) => created ?? []);
  const blobs = new Map(
    parts.flatMap((part) => part.blobs ?? []).map(({ digest, size }) => [digest, size]),
  );
  return {
    platforms: [...new Set(parts.flatMap(({ platform }) => platform ?? []))],
    ...(dates.length > 0 && { created: new Date(Math.max(...dates)).toISOString() }),
    size: [...blobs.values()].reduce((sum, size) => sum + size, 0),
    lacks: [...new Set(parts.flatMap(({ lacks }) => lacks))],
  };
}

/** Undefined of an attestation, and of what could not be written in image.yaml. */
function platformText(platform: FoundPlatform | undefined): string | undefined {
  if (platform === undefined || platform.os === "unknown") return undefined;
  const { os, architecture, variant = "" } = platform;
  const text = formatPlatform({ os, architecture, variant });
  return parsePlatform(text) === undefined ? undefined : text;
}

function dateOf(text: string | null | undefined): number | undefined {
  const date = Date.parse(text ?? "");
  return date >= FIRST_DATE ? date : undefined;
}

async function ifThere<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RegistryFault && error.status === 404) return undefined;
    throw error;
  }
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
