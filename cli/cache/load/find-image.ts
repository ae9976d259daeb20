import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from "../../../rules/image-reference.ts";
import { UserError } from "../../../rules/problems.ts";
import type { CachedImage } from "../cached-image.ts";
import type { Store } from "../store/store.ts";

/** An image of the store, or why none will do. */
export type Found = { readonly image: CachedImage } | { readonly reason: string };

/**
 * The image of a channel by its label, or by an accelerator that is one image's alone.
 * @throws UserError that lists what there is
 */
export function findNamed(
  images: readonly CachedImage[],
  name: string,
  channel: string,
): CachedImage {
  const labelled = images.filter(({ label }) => label === name);
  const found =
    labelled.length > 0 ? labelled : images.filter(({ label }) => label.endsWith(`/${name}`));
  const [image, ...others] = found;
  const labels = (of: readonly CachedImage[]) => of.map(({ label }) => label).join(", ");
  if (image === undefined) {
    const there = images.length === 0 ? "none" : labels(images);
    throw new UserError(
      `${JSON.stringify(name)} is no image of channel ${channel} in the store; it has ${there}. ` +
        "Write one of these, or a whole reference, which is pulled when the store has it not",
    );
  }
  if (others.length > 0) {
    throw new UserError(`${JSON.stringify(name)} may be ${labels(found)}; write one of these`);
  }
  return image;
}

/**
 * The image that a reference means: by digest that one alone, by a tag the one that has it as its content name or had it as
 * a name when it came to the store.
 * @param images in the order of preference
 */
export function findReferenced(images: readonly CachedImage[], asked: ImageReference): Found {
  const repository = formatRepository(asked);
  const there = images.filter((image) => repositories(image).includes(repository));
  if (there.length === 0) return { reason: `the store has no image of ${repository}` };
  const named = asked.tag === undefined ? there : there.filter((image) => hasTag(image, asked));
  const exact = named.find(
    ({ descriptor }) => asked.digest === undefined || descriptor.digest === asked.digest,
  );
  if (exact !== undefined) return { image: exact };
  const [other] = named;
  if (asked.tag === undefined || other === undefined) {
    return { reason: `the store has other images of ${repository}, not this one` };
  }
  return { reason: `the store has ${other.descriptor.digest} under that name` };
}

/** Where the store may look for a reference: channels first, then what they had before. */
export async function imagesByPreference(
  store: Store,
  channel: string | undefined,
): Promise<readonly CachedImage[]> {
  if (channel !== undefined) return store.images(channel);
  const lists: (readonly CachedImage[])[] = [];
  for (const name of await store.channels()) lists.push(await store.images(name));
  // After the channels: an image that one loses meanwhile is here then.
  lists.push(await store.former());
  return lists.flat();
}

/** `host/path` of each registry that an image is on. */
function repositories({ references }: CachedImage): readonly string[] {
  return Object.values(references).map((reference) =>
    formatRepository(parseImageReference(reference)),
  );
}

function hasTag(image: CachedImage, { host, path, tag }: ImageReference): boolean {
  return tag === image.contentName || image.names.includes(`${host}/${path}:${tag ?? ""}`);
}
