import type { ImageList } from "./image-list.ts";
import type { Removal, StoredImage } from "./lifecycle-simulation.ts";

/** An image that would go although something needs it. */
export interface EndangeredImage<Image extends StoredImage> {
  readonly image: Image;
  readonly removal: Removal;
  /** Who needs it, in words. */
  readonly needs: readonly string[];
}

/** Why an image is needed, by digest. */
export type Needs = ReadonlyMap<string, readonly string[]>;

/** What channels hand out: every image of their lists, with the channels and images that it is. */
export function liveDigests(lists: readonly ImageList[]): Needs {
  const needs = new Map<string, string[]>();
  for (const { channel, families } of lists) {
    for (const [family, { images }] of Object.entries(families)) {
      for (const [accelerator, { digest }] of Object.entries(images)) {
        addTo(needs, digest, `channel ${channel} (${family} ${accelerator})`);
      }
    }
  }
  return needs;
}

/**
 * What a policy would take that a pin, a live channel or an index needs. To be put into the archive counts as taken,
 * since nothing can be pulled from there.
 * @param removals by digest, of a simulation
 * @param live digests that channels hand out
 * @returns in the order of the images
 */
export function endangeredImages<Image extends StoredImage>(
  images: readonly Image[],
  removals: ReadonlyMap<string, Removal>,
  live: Needs,
): readonly EndangeredImage<Image>[] {
  const needs = new Map<string, string[]>();
  for (const { digest, tags } of images) {
    if (tags.some(isPin)) addTo(needs, digest, "a pin");
    for (const need of live.get(digest) ?? []) addTo(needs, digest, need);
  }
  addChildren(images, removals, needs);
  return images.flatMap((image) => {
    const removal = removals.get(image.digest);
    const found = needs.get(image.digest);
    return removal === undefined || found === undefined ? [] : [{ image, removal, needs: found }];
  });
}

/** Adds what indexes list that are needed, or that stay: an index with a hole in it cannot be pulled everywhere. */
function addChildren(
  images: readonly StoredImage[],
  removals: ReadonlyMap<string, Removal>,
  needs: Map<string, string[]>,
): void {
  const indexes = new Map(
    images.filter(({ children = [] }) => children.length > 0).map((image) => [image.digest, image]),
  );
  const open = [...indexes.values()].filter(
    ({ digest }) => needs.has(digest) || removals.get(digest)?.action !== "expire",
  );
  const seen = new Set(open);
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    for (const child of index.children ?? []) {
      addTo(needs, child, `index ${index.tags.find((tag) => !isPin(tag)) ?? index.digest}`);
      const inner = indexes.get(child);
      if (inner === undefined || seen.has(inner)) continue;
      seen.add(inner);
      open.push(inner);
    }
  }
}

function isPin(tag: string): boolean {
  return tag.startsWith("pin-");
}

function addTo(needs: Map<string, string[]>, digest: string, need: string): void {
  const known = needs.get(digest);
  if (known === undefined) needs.set(digest, [need]);
  else known.push(need);
}
