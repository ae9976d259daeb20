import { parseImageLabel } from "../../../rules/image-label.ts";
import type { ImageReference } from "../../../rules/image-reference.ts";
import { editText, type LeftPlace, type PinTarget } from "../../../rules/pins/edit.ts";
import {
  CANDIDATE_END,
  type ManagedImages,
  type ManagedRepository,
} from "../../../rules/pins/managed-images.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { readTextFile, writeTextFile } from "../../../rules/pins/text-file.ts";
import { UserError } from "../../../rules/problems.ts";
import type { DigestFacts, DigestReference } from "../digest-facts.ts";
import type { KnownImages } from "../known-images.ts";
import { readPinned } from "../tree/pinned-file.ts";
import { type BumpRequest, bumpTargets } from "./targets.ts";
import type { FileChange } from "./write.ts";

/** One image's move. */
export interface ImageMove {
  readonly image: string;
  /** The digests that its places had, each once, in the order of the places. */
  readonly from: readonly string[];
  readonly to: string;
  readonly places: readonly Place[];
}

/** What a bump writes, and what it leaves. */
export interface BumpPlan {
  readonly files: readonly FileChange[];
  readonly moves: readonly ImageMove[];
  readonly left: readonly LeftPlace[];
}

/** What a plan follows from. */
export interface BumpSources extends BumpRequest {
  /** Absolute path of the tree. */
  readonly root: string;
  readonly managed: ManagedImages;
  /** Of the tree, each digest alone with its image. */
  readonly places: readonly Place[];
  readonly known: KnownImages;
  readonly facts: (reference: DigestReference) => Promise<DigestFacts>;
  /** What a tag stands for; undefined when it is not there. */
  readonly digestOf: (reference: ImageReference) => Promise<string | undefined>;
  /** In UTC: `2026-11-21`. */
  readonly today: string;
}

/**
 * The edits that move every pin of the wanted images; nothing is written. A digest that its repository does not have whole is
 * no target.
 * @throws UserError for a request that means nothing, or targets that are not where the places would look for them
 */
export async function planBump(sources: BumpSources): Promise<BumpPlan> {
  const { root, managed, places, known, today } = sources;
  const requested = await bumpTargets(sources, managed, known, sources.digestOf);
  const concerned = places.filter(({ image, digest }) => {
    return image !== undefined && digest !== undefined && requested.has(image);
  });
  const targets = await checkedTargets(sources, requested, concerned);
  const files: FileChange[] = [];
  const moved: Place[] = [];
  const left: LeftPlace[] = [];
  for (const [path, own] of Map.groupBy(concerned, ({ file }) => file)) {
    const before = await readPinned(root, path);
    const file = readTextFile(path, before);
    // It was text when the places were found.
    if (file === undefined) continue;
    const edited = editText(file.text, own, targets, today);
    moved.push(...edited.moved);
    left.push(...edited.left);
    if (edited.text === file.text) continue;
    files.push({ path, before, after: writeTextFile({ ...file, text: edited.text }) });
  }
  const untouched = places.filter((place) => !concerned.includes(place));
  return {
    files,
    moves: movesOf(moved, targets),
    left: [...left, ...untouched.flatMap((place) => unclear(place, sources))],
  };
}

/** Why a pin has no target, where it would have one if more were known. */
function unclear(place: Place, { images }: BumpSources): readonly LeftPlace[] {
  const { digest, image, repository, unattributed } = place;
  if (digest === undefined) return [];
  const left = (why: string) => [{ place, why, held: false }];
  if (unattributed !== undefined) return left(unattributed);
  // What is listed beside the families has no list of its own, and moves with --to alone.
  const family = image === undefined ? repository?.family : parseImageLabel(image)?.family;
  if (family === undefined || (image !== undefined && image === nameOf(repository))) return [];
  if (images.length > 0 && (image !== undefined || !images.some((one) => isOf(family, one)))) {
    return [];
  }
  return left(
    image === undefined
      ? `${family} has an image for each accelerator, and no published list tells which one ${digest.text} is: write its tag before the digest`
      : `no published list has ${image}, so that nobody knows its latest digest: write --to, or --images`,
  );
}

function isOf(family: string, image: string): boolean {
  return parseImageLabel(image)?.family === family;
}

function nameOf(repository: ManagedRepository | undefined): string | undefined {
  return repository === undefined ? undefined : `${repository.host}/${repository.path}`;
}

/** The targets with when they were built, once each is known to be everywhere that a place will point to. */
async function checkedTargets(
  sources: BumpSources,
  targets: ReadonlyMap<string, PinTarget>,
  places: readonly Place[],
): Promise<ReadonlyMap<string, PinTarget>> {
  const faults: string[] = [];
  const checked = new Map<string, PinTarget>();
  const own = Map.groupBy(places, ({ image }) => image);
  await Promise.all(
    [...targets].map(async ([image, target]) => {
      const facts = await Promise.all(
        destinations(sources.managed, target, own.get(image) ?? []).map(async (reference) => {
          const found = await sources.facts(reference);
          const fault = faultOf(found, reference, target, sources.known);
          if (fault !== undefined) faults.push(fault);
          return found.state === "there" ? found.created : undefined;
        }),
      );
      const created = facts.find((one) => one !== undefined);
      checked.set(image, { ...target, ...(created !== undefined && { created }) });
    }),
  );
  if (faults.length === 0) return checked;
  throw new UserError(
    `${[...new Set(faults)].sort().join("\n")}\nno file was changed: a pin to what is not there breaks every job that uses it`,
  );
}

/** Where an image's places will point to: each repository once. */
function destinations(
  { repositories }: ManagedImages,
  { image, digest, candidate }: PinTarget,
  places: readonly Place[],
): readonly DigestReference[] {
  const moving = places.filter((place) => place.digest?.text !== digest);
  const named = moving.flatMap(({ repository }) => (repository === undefined ? [] : [repository]));
  // Of digests alone nobody says where they are used: where the image is first of all.
  const first = repositories.find(({ family, host, path }) => {
    return family === undefined ? `${host}/${path}` === image : family === image.split("/")[0];
  });
  const used = named.length > 0 || first === undefined || moving.length === 0 ? named : [first];
  const byName = new Map(
    used.map(({ host, path, candidate: isCandidate }) => {
      const own = isCandidate ? path.slice(0, -CANDIDATE_END.length) : path;
      const place = candidate ? own + CANDIDATE_END : own;
      return [`${host}/${place}`, { host, path: place, digest }];
    }),
  );
  return [...byName.values()];
}

function faultOf(
  facts: DigestFacts,
  { host, path, digest }: DigestReference,
  { image }: PinTarget,
  known: KnownImages,
): string | undefined {
  const name = `${host}/${path}@${digest}`;
  if (facts.state === "there") return undefined;
  if (facts.state !== "unchecked") return `${name} is ${facts.state}: ${facts.detail}`;
  const vouched = known.all.some(
    (one) => one.image === image && one.digest === digest && one.references.includes(name),
  );
  if (vouched) return undefined;
  return `${name} could not be looked at, and no published list has it: ${facts.reason}`;
}

function movesOf(
  places: readonly Place[],
  targets: ReadonlyMap<string, PinTarget>,
): readonly ImageMove[] {
  return [...Map.groupBy(places, ({ image }) => image ?? "")].map(([image, own]) => ({
    image,
    from: [...new Set(own.map(({ digest }) => digest?.text ?? ""))],
    to: targets.get(image)?.digest ?? "",
    places: own,
  }));
}
