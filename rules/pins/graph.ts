import { formatImageLabel } from "../image-label.ts";
import { type ImageList, ONLY_IMAGE } from "../image-list.ts";
import { formatRepository, parseImageReference, type Repository } from "../image-reference.ts";
import { type Removal, type StoredImage } from "../lifecycle-simulation.ts";
import { pinName } from "../names.ts";
import type { DigestFacts } from "./finding-facts.ts";
import type { ManagedImages, ManagedRepository } from "./managed-images.ts";
import type { PinnedDigest } from "./pinned-digests.ts";
import type { Place } from "./place.ts";

/** A digest of an image, who uses it and what lists call it. */
export interface UsedDigest {
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
  /** `host/path:tag` of lists and ECR, each once. */
  readonly names: readonly string[];
  /** Where its users look for it, and where none does the place that is the image's first. */
  readonly repositories: readonly Repository[];
}

/** The same with what keeps it. */
export interface GraphDigest extends Omit<UsedDigest, "repositories"> {
  /** What the registries of its users say. */
  readonly registries: readonly RegistryWord[];
  /** What becomes of it on ECR, by the path of each repository that it has to be in. */
  readonly ecr: readonly EcrRetention[];
}

/** What a registry says of a digest. */
export interface RegistryWord {
  /** `host/path` */
  readonly repository: string;
  readonly state: DigestFacts["state"];
  /** Why it is not there, not whole, or not known. */
  readonly detail?: string;
}

/** What becomes of a digest in one repository of ECR; `elsewhere`: ECR does not carry the family. */
export type Retention =
  | { readonly state: "kept"; readonly by: "pin" | "rule" }
  | { readonly state: "goes"; readonly rule: string }
  | { readonly state: "absent" | "elsewhere" }
  | { readonly state: "unasked"; readonly reason: string };
export type EcrRetention = { readonly path: string } & Retention;

/** What ECR has in one repository, and what its policy would take by a day. */
export interface EcrImages {
  readonly images: readonly StoredImage[];
  readonly removals: ReadonlyMap<string, Removal>;
}

export interface UseSources {
  readonly places: readonly Place[];
  readonly pinned: readonly PinnedDigest[];
  readonly lists: readonly ImageList[];
  readonly managed: ManagedImages;
  /** Labels of the images that are meant; all without it. */
  readonly only?: readonly string[];
}

/** What registries said. */
export interface KeepSources {
  /** By `host/path@digest`. */
  readonly facts: ReadonlyMap<string, DigestFacts>;
  /** Host of the stack's ECR. */
  readonly ecrHost: string;
  /** By path of each repository that ECR carries, or why it was not asked. */
  readonly ecr: ReadonlyMap<string, EcrImages | { readonly unasked: string }>;
}

/**
 * Every digest that a tree or other repositories use, and what channels publish of the same images: by image, of an image those
 * with most users first.
 */
export function usedDigests(sources: UseSources): readonly UsedDigest[] {
  const { places, pinned, lists, managed, only } = sources;
  const handedOut = lists.flatMap(entriesOf);
  const keys = new Map<string, { image: string; digest: string }>();
  const note = (image: string, digest: string) => {
    if (only?.includes(image) !== false) keys.set(`${image}@${digest}`, { image, digest });
  };
  for (const { image, digest } of places) {
    if (image !== undefined && digest !== undefined) note(image, digest.text);
  }
  for (const { image, digest } of pinned) note(image, digest);
  const images = new Set([...keys.values()].map(({ image }) => image));
  for (const { image, digest } of handedOut) if (images.has(image)) note(image, digest);
  const used = [...keys.values()].map(({ image, digest }): UsedDigest => {
    const is = (one: { readonly image: string; readonly digest: string }) =>
      one.image === image && one.digest === digest;
    const own = places.filter((place) => place.image === image && place.digest?.text === digest);
    const seen = pinned.filter(is);
    const lent = handedOut.filter(is);
    const last = seen
      .map((one) => one.seen)
      .sort()
      .at(-1);
    return {
      image,
      digest,
      places: own.map(({ file, line, column }) => ({ file, line, column })),
      users: [...new Set(seen.flatMap(({ users }) => users))].sort(),
      ...(last !== undefined && { seen: last }),
      channels: lent.map(({ channel }) => channel),
      names: [...new Set(lent.flatMap(({ names }) => names))],
      repositories: repositoriesOf(
        image,
        own,
        seen,
        lent.flatMap((one) => one.references),
        managed,
      ),
    };
  });
  return used.sort((a, b) => order(a.image, b.image) || usersOf(b) - usersOf(a));
}

/** What keeps digests, and what ECR calls them. */
export function pinGraph(
  used: readonly UsedDigest[],
  { facts, ecrHost, ecr }: KeepSources,
): readonly GraphDigest[] {
  return used.map(({ repositories, ...node }) => {
    const { digest, names } = node;
    const paths = [...new Set(repositories.map(({ path }) => path))];
    const tags = paths.flatMap((path) => {
      const own = ecr.get(path);
      if (own === undefined || "unasked" in own) return [];
      const stored = own.images.find((one) => one.digest === digest);
      return (stored?.tags ?? []).map((tag) => `${ecrHost}/${path}:${tag}`);
    });
    return {
      ...node,
      names: [...new Set([...names, ...tags])],
      registries: repositories.flatMap((one) => wordOf(formatRepository(one), digest, facts)),
      ecr: paths.map((path) => ({ path, ...retentionOf(digest, ecr.get(path)) })),
    };
  });
}

/** Where users look for a digest: at their own places; of other repositories only the path is known. */
function repositoriesOf(
  image: string,
  places: readonly Place[],
  pinned: readonly PinnedDigest[],
  published: readonly Repository[],
  { repositories }: ManagedImages,
): readonly Repository[] {
  const named = places.flatMap(({ repository }) => repository ?? []);
  const found = new Map(named.map((one) => [formatRepository(one), one as Repository]));
  const paths = new Set(named.map(({ path }) => path));
  for (const { repository: path } of pinned) {
    const first = repositories.find((one) => one.path === path);
    if (first === undefined || paths.has(path)) continue;
    paths.add(path);
    found.set(formatRepository(first), first);
  }
  if (found.size === 0) {
    const first = published[0] ?? repositories.find((one) => isOf(one, image));
    if (first !== undefined) found.set(formatRepository(first), first);
  }
  return [...found.values()].map(({ host, path }) => ({ host, path }));
}

function isOf(repository: ManagedRepository, image: string): boolean {
  const { family } = repository;
  return family === undefined
    ? formatRepository(repository) === image
    : family === image.split("/")[0];
}

function wordOf(
  repository: string,
  digest: string,
  facts: KeepSources["facts"],
): readonly RegistryWord[] {
  const known = facts.get(`${repository}@${digest}`);
  if (known === undefined) return [];
  if (known.state === "there") return [{ repository, state: "there" }];
  const detail = known.state === "unchecked" ? known.reason : known.detail;
  return [{ repository, state: known.state, detail }];
}

function retentionOf(
  digest: string,
  own: EcrImages | { readonly unasked: string } | undefined,
): Retention {
  if (own === undefined) return { state: "elsewhere" };
  if ("unasked" in own) return { state: "unasked", reason: own.unasked };
  const stored = own.images.find((one) => one.digest === digest);
  if (stored === undefined) return { state: "absent" };
  const removal = own.removals.get(digest);
  if (removal !== undefined) {
    return { state: "goes", rule: removal.rule.description ?? `rule ${removal.rule.rulePriority}` };
  }
  return { state: "kept", by: stored.tags.includes(pinName(digest)) ? "pin" : "rule" };
}

function entriesOf({ families, channel }: ImageList) {
  return Object.entries(families).flatMap(([family, { images }]) =>
    Object.entries(images).map(([accelerator, { digest, names, contentName, references }]) => {
      const places = Object.values(references).map((text) => parseImageReference(text));
      return {
        image: formatImageLabel({ family, ...(accelerator !== ONLY_IMAGE && { accelerator }) }),
        digest,
        channel,
        names: [...places.map((one) => `${formatRepository(one)}:${contentName}`), ...names],
        references: places,
      };
    }),
  );
}

function usersOf({ places, users, channels }: UsedDigest): number {
  return places.length + users.length + channels.length;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
