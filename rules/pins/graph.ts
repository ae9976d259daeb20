import { formatImageLabel, parseImageLabel } from "../image-label.ts";
import { type ImageList, ONLY_IMAGE } from "../image-list.ts";
import { type Removal, type StoredImage } from "../lifecycle-simulation.ts";
import { pinName } from "../names.ts";
import type { PinnedDigest } from "./pinned-digests.ts";
import type { Place } from "./place.ts";

/** A digest of an image, who uses it, what it is called and what keeps it. */
export interface GraphDigest {
  readonly image: string;
  readonly digest: string;
  /** Where the tree has it. */
  readonly places: readonly Pick<Place, "file" | "line" | "column">[];
  /** Other repositories that have it: `OWNER/NAME@BRANCH`. */
  readonly users: readonly string[];
  /** When these were seen to have it last: `2026-11-21`. */
  readonly seen?: string;
  /** Channels whose list hands it out. */
  readonly channels: readonly string[];
  /** Tags on ECR and in lists, each once, those that keep the digest last. */
  readonly names: readonly string[];
  /** What becomes of it on ECR; absent of an image that ECR does not carry, or was not asked for. */
  readonly ecr?: EcrRetention;
}

export type EcrRetention =
  | { readonly state: "kept"; readonly by: "pin" | "rule" }
  | { readonly state: "goes"; readonly rule: string }
  | { readonly state: "absent" };

/** What ECR has of one family, and what its policy would take by a day. */
export interface EcrImages {
  readonly images: readonly StoredImage[];
  readonly removals: ReadonlyMap<string, Removal>;
}

export interface GraphSources {
  readonly places: readonly Place[];
  readonly pinned: readonly PinnedDigest[];
  readonly lists: readonly ImageList[];
  /** By family; none of a family that ECR does not carry. */
  readonly ecr: ReadonlyMap<string, EcrImages>;
}

/** Every digest that a tree, other repositories or a channel uses, by image; of an image those with most users first. */
export function pinGraph({ places, pinned, lists, ecr }: GraphSources): readonly GraphDigest[] {
  const handedOut = lists.flatMap(entriesOf);
  const keys = new Map<string, { image: string; digest: string }>();
  const note = (image: string, digest: string) => {
    keys.set(`${image}@${digest}`, { image, digest });
  };
  for (const { image, digest } of places) {
    if (image !== undefined && digest !== undefined) note(image, digest.text);
  }
  for (const { image, digest } of [...pinned, ...handedOut]) note(image, digest);
  const graph = [...keys.values()].map(({ image, digest }): GraphDigest => {
    const is = (one: { readonly image: string; readonly digest: string }) =>
      one.image === image && one.digest === digest;
    const seen = pinned.filter(is);
    const lent = handedOut.filter(is);
    const own = ecr.get(parseImageLabel(image)?.family ?? "");
    const stored = own?.images.find((one) => one.digest === digest);
    const last = seen
      .map((one) => one.seen)
      .sort()
      .at(-1);
    return {
      image,
      digest,
      places: places
        .filter((place) => place.image === image && place.digest?.text === digest)
        .map(({ file, line, column }) => ({ file, line, column })),
      users: [...new Set(seen.flatMap(({ users }) => users))].sort(),
      ...(last !== undefined && { seen: last }),
      channels: lent.map(({ channel }) => channel),
      names: [...new Set([...lent.flatMap(({ names }) => names), ...(stored?.tags ?? [])])],
      ...(own !== undefined && { ecr: retentionOf(digest, stored, own) }),
    };
  });
  return graph.sort((a, b) => order(a.image, b.image) || usersOf(b) - usersOf(a));
}

function retentionOf(
  digest: string,
  stored: StoredImage | undefined,
  { removals }: EcrImages,
): EcrRetention {
  if (stored === undefined) return { state: "absent" };
  const removal = removals.get(digest);
  if (removal !== undefined) {
    return { state: "goes", rule: removal.rule.description ?? `rule ${removal.rule.rulePriority}` };
  }
  return { state: "kept", by: stored.tags.includes(pinName(digest)) ? "pin" : "rule" };
}

function entriesOf({ families, channel }: ImageList) {
  return Object.entries(families).flatMap(([family, { images }]) =>
    Object.entries(images).map(([accelerator, { digest, names, contentName }]) => ({
      image: formatImageLabel({ family, ...(accelerator !== ONLY_IMAGE && { accelerator }) }),
      digest,
      channel,
      names: [contentName, ...names],
    })),
  );
}

function usersOf({ places, users, channels }: GraphDigest): number {
  return places.length + users.length + channels.length;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
