import { parseImageReference } from "./image-reference.ts";

/** What a store knows of an image that matters to a registry's client. */
export interface ServedImage {
  readonly descriptor: { readonly digest: string };
  readonly contentName: string;
  /** `host/path@sha256:...` by registry. */
  readonly references: Readonly<Partial<Record<string, string>>>;
  /** `host/path:tag` */
  readonly names: readonly string[];
}

/** A repository as a client asks for it. */
export interface AskedRepository {
  readonly path: string;
  /** The registry that the client wants it of, where it says so: `ghcr.io`. */
  readonly host?: string;
}

/** What a repository offers. */
export interface ServedRepository<Image extends ServedImage> {
  readonly images: readonly Image[];
  readonly tags: ReadonlyMap<string, Image>;
  /** Tags that different images have; none of these is among the tags. */
  readonly unclear: ReadonlySet<string>;
}

/**
 * The part of a store that a repository is.
 * @param listed what channels have, in their order; only these have floating names
 * @param former what they had before: by digest and content name
 * @returns undefined where no image has such a reference
 * @see https://github.com/containerd/containerd/blob/main/docs/hosts.md#registry-host-namespace
 */
export function servedRepository<Image extends ServedImage>(
  asked: AskedRepository,
  listed: readonly Image[],
  former: readonly Image[],
): ServedRepository<Image> | undefined {
  const isAsked = (reference: string): boolean => {
    const { host, path } = parseImageReference(reference);
    return path === asked.path && (asked.host === undefined || host === asked.host);
  };
  const has = ({ references }: Image): boolean =>
    Object.values(references).some((reference) => reference !== undefined && isAsked(reference));
  const current = listed.filter(has);
  const images = [...current, ...former.filter(has)];
  if (images.length === 0) return undefined;
  const named = [
    ...current.flatMap((image) =>
      image.names
        .filter(isAsked)
        .map((name) => ({ image, tag: parseImageReference(name).tag ?? "" })),
    ),
    ...images.map((image) => ({ image, tag: image.contentName })),
  ];
  const tags = new Map<string, Image>();
  const unclear = new Set<string>();
  for (const { image, tag } of named) {
    const other = tags.get(tag);
    if (other === undefined) tags.set(tag, image);
    // The registry knows which of the two it is.
    else if (other.descriptor.digest !== image.descriptor.digest) unclear.add(tag);
  }
  for (const tag of unclear) tags.delete(tag);
  return { images, tags, unclear };
}

/** The registries that images have references on, each once, sorted. */
export function servedHosts(images: readonly ServedImage[]): readonly string[] {
  const hosts = images.flatMap(({ references }) =>
    Object.values(references).flatMap((reference) =>
      reference === undefined ? [] : [parseImageReference(reference).host],
    ),
  );
  return [...new Set(hosts)].sort();
}
