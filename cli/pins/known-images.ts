import { Registries } from "../../oci/registries.ts";
import { formatImageLabel } from "../../rules/image-label.ts";
import { type ImageList, ONLY_IMAGE, readImageList } from "../../rules/image-list.ts";
import { DIGEST, formatRepository, parseImageReference } from "../../rules/image-reference.ts";
import { toldProblems } from "../../rules/document-problems.ts";
import { ProblemsError, UserError } from "../../rules/problems.ts";
import { ImageListTag } from "../publishing/image-list-tag.ts";
import { publishedLists } from "../retention/live-lists.ts";
import { readGivenFile } from "../retention/given-file.ts";
import type { Stack } from "../stack.ts";
import { RegistryLogins } from "./registry-logins.ts";

/** An image that a list of images names, with what the list says of it. */
export interface KnownImage {
  /** Its label: `ci-image/pytorch-linux-jammy-rocm-n-py3`, `no_rocm_image_ubuntu24_04`. */
  readonly image: string;
  /** `sha256:...` */
  readonly digest: string;
  /** Tag of its content: `cuda12.8-k` and 40 hex digits. */
  readonly contentName?: string;
  /** `host/path@sha256:...`, in the list's order of registries. */
  readonly references: readonly string[];
  /** Of its list: `main`, `release/2.10`. */
  readonly channel?: string;
  /** That it was recorded for. */
  readonly commit?: string;
  /** `linux/amd64` */
  readonly platforms?: readonly string[];
}

/** The images that lists of images name. */
export interface KnownImages {
  /** Every image of every list; an image that several channels publish stands there once for each. */
  readonly all: readonly KnownImage[];
  /** What an image's own channel published last: the stack's, else that of the list that was given. */
  latest(image: string): KnownImage | undefined;
}

/** Where lists come from. */
export interface KnownImagesOptions {
  /** An images.json: a file, relative to the caller's folder, or where one is published (`ghcr.io/pytorch/slipway-images:main`). */
  readonly images?: string;
  /** Nothing is asked of any registry. */
  readonly offline: boolean;
}

/**
 * The images of the list that an option names, else of the lists of all channels of a stack; none without either, or where
 * nothing may be asked.
 * @throws UserError when a list cannot be had or belongs to somebody else; ProblemsError when what is there is no list
 */
export async function knownImages(
  stack: Stack | undefined,
  options: KnownImagesOptions,
): Promise<KnownImages> {
  const lists = await knownLists(stack, options);
  return fromLists(lists, options.images === undefined ? stack?.configuration.channel : undefined);
}

/** The lists themselves, under the same conditions. */
async function knownLists(
  stack: Stack | undefined,
  { images, offline }: KnownImagesOptions,
): Promise<readonly ImageList[]> {
  if (images !== undefined) return [await givenList(stack, images, offline)];
  if (stack === undefined || offline) return [];
  return (await publishedLists(stack)).lists;
}

/**
 * The lists for a look at pins, which goes on without the stack's own and says so; a list that is named has to be there.
 * @param note is told why there are none
 */
export async function listsOrNone(
  stack: Stack,
  options: KnownImagesOptions,
  note: (line: string) => void,
): Promise<readonly ImageList[]> {
  try {
    return await knownLists(stack, options);
  } catch (error) {
    if (options.images !== undefined || !(error instanceof UserError)) throw error;
    const [reason = ""] = error.message.split("\n");
    const less = "without the published lists of images less is known of what is the newest";
    note(`note: ${less} (--images names one): ${reason}`);
    return [];
  }
}

/** @param channel whose images are the latest; the first list's without it */
export function fromLists(lists: readonly ImageList[], channel?: string): KnownImages {
  const all = lists.flatMap(imagesOf);
  const own = channel ?? lists[0]?.channel;
  const latest = new Map(
    all.filter((one) => one.channel === own).map((one) => [one.image, one] as const),
  );
  return { all, latest: (image) => latest.get(image) };
}

function imagesOf({ families, channel }: ImageList): readonly KnownImage[] {
  return Object.entries(families).flatMap(([family, { images }]) =>
    Object.entries(images).map(([accelerator, entry]) => ({
      image: formatImageLabel({ family, ...(accelerator !== ONLY_IMAGE && { accelerator }) }),
      digest: entry.digest,
      contentName: entry.contentName,
      references: Object.values(entry.references),
      channel,
      commit: entry.commit,
      platforms: entry.platforms,
    })),
  );
}

async function givenList(
  stack: Stack | undefined,
  images: string,
  offline: boolean,
): Promise<ImageList> {
  const place = published(images);
  if (place === undefined) {
    const read = readImageList(await readGivenFile("--images", images));
    if ("list" in read) return read.list;
    throw new ProblemsError(images, toldProblems(read.problems));
  }
  if (offline) {
    throw new UserError(
      `--images ${images} is on a registry, and --offline asks none; name a file, or leave one of the two away`,
    );
  }
  const login = await new RegistryLogins(stack).of(place.host);
  const logins = login === undefined ? {} : { [place.host]: login };
  const tag = new ImageListTag(place.repository, place.tag, new Registries(), logins);
  const list = await tag.read();
  if (list !== undefined) return list;
  throw new UserError(`--images: ${tag.name} is not there; slipway record publishes lists`);
}

/** What an option names on a registry; undefined when it is a file's path. */
function published(
  text: string,
): { readonly host: string; readonly repository: string; readonly tag: string } | undefined {
  try {
    const reference = parseImageReference(text);
    const tag = reference.digest ?? reference.tag ?? "";
    if (!DIGEST.test(tag) && text.endsWith(".json")) return undefined;
    return { host: reference.host, repository: formatRepository(reference), tag };
  } catch {
    return undefined;
  }
}
