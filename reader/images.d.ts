/** A registry, as image.yaml calls it. */
export type Registry = "ecr" | "ghcr.io" | "docker.io";

/** One image that a channel published. */
export interface Image {
  /** `sha256:...`: what the channel's names are declared to point to. */
  readonly digest: string;
  /** The tag of the content that follows from the commit; of another digest while the image is rolled back. */
  readonly contentName: string;
  /** The commit that this entry was recorded for; older than the list's where it could not be recorded since. */
  readonly commit: string;
  /** `linux/amd64`; one at least. */
  readonly platforms: readonly string[];
  /** `host/path@sha256:...` by registry, all with the image's digest. */
  readonly references: Readonly<Partial<Record<Registry, string>>>;
  /** `host/path:tag`: floating and record names that pointed to the digest. */
  readonly names: readonly string[];
}

/** What a channel published: the content of an images.json. */
export interface Images {
  readonly version: 1;
  /** `owner/name` */
  readonly repository: string;
  /** Branch whose names these are: `main`, `release/2.10`. */
  readonly channel: string;
  /** What the recording run ran for: `refs/heads/main`. */
  readonly ref: string;
  /** The commit that was recorded last. */
  readonly commit: string;
  /** By folder of images/, then by accelerator: `default` in a family with one image. */
  readonly families: Readonly<Record<string, { readonly images: Readonly<Record<string, Image>> }>>;
}

/** The document is not one that the reader knows; all that is wrong with it at once. */
export class ReaderError extends Error {
  /** In the message as well; not enumerable. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/**
 * Reads the text of an images.json, strictly: another version, an unknown key or a reference that is none is refused.
 * @throws ReaderError that lists every fault with its place
 */
export function readImages(json: string): Images;

/** Which image is meant, and from where. */
export interface WantedImage {
  /** A folder of images/. */
  readonly family: string;
  /** Left out in a family with one image. */
  readonly accelerator?: string | undefined;
  /** The first of ghcr.io, docker.io and ecr that carries the image, if left out. */
  readonly registry?: Registry | undefined;
}

/**
 * The image's reference by digest, `host/path@sha256:...`: the same content for ever, whatever happens to its names.
 * @throws Error that says what there is, when the list does not have it; ReaderError when what is asked for is no query
 */
export function imageReference(images: Images, wanted: WantedImage): string;
