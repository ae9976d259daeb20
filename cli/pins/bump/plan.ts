import { parseImageLabel } from "../../../rules/image-label.ts";
import { type ImageReference, parseRepository } from "../../../rules/image-reference.ts";
import {
  editText,
  isAtTarget,
  type LeftPlace,
  movedRepository,
  type PinTarget,
  wantsContentName,
} from "../../../rules/pins/edit.ts";
import type { ManagedImages } from "../../../rules/pins/managed-images.ts";
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
  /** Targets that are not where a place would look for them, a line each: all places of their images are left. */
  readonly faults: readonly string[];
}

/** What moves follow from. */
export interface MoveSources {
  /** Absolute path of the tree. */
  readonly root: string;
  readonly managed: ManagedImages;
  /** Of the tree, each digest alone with its image. */
  readonly places: readonly Place[];
  readonly known: KnownImages;
  readonly facts: (reference: DigestReference) => Promise<DigestFacts>;
  /** In UTC: `2026-11-21`. */
  readonly today: string;
}

/** What a plan follows from. */
export interface BumpSources extends MoveSources, BumpRequest {
  /** What a tag stands for; undefined when it is not there. */
  readonly digestOf: (reference: ImageReference) => Promise<string | undefined>;
  /** `host/path` of all repositories that have candidates. */
  readonly candidatePlaces: readonly string[];
}

/**
 * The edits that move every pin of the wanted images; nothing is written. A digest that its repository does not have whole is
 * no target.
 * @throws UserError for a request that means nothing, or when no target is where the places would look for it
 */
export async function planBump(sources: BumpSources): Promise<BumpPlan> {
  const { managed, places, known } = sources;
  const requested = await bumpTargets(sources, managed, known, sources);
  const plan = await planMoves(sources, requested);
  const untouched = places.filter((place) => !isConcerned(place, requested));
  const families = new Set([...requested.keys()].map(familyOf));
  const isAll = sources.images.length === 0 && sources.to === "latest";
  return {
    ...plan,
    left: [...plan.left, ...untouched.flatMap((one) => unclear(one, isAll ? undefined : families))],
  };
}

/**
 * The edits that move every pin of some images to targets; nothing is written. An image whose target is not everywhere that its
 * places would look for it stays as it is everywhere, and the others move.
 * @throws UserError when that is so of each
 */
export async function planMoves(
  sources: MoveSources,
  requested: ReadonlyMap<string, PinTarget>,
): Promise<BumpPlan> {
  const { root, places, today } = sources;
  const concerned = places.filter((place) => isConcerned(place, requested));
  const { targets, faults } = await checkedTargets(sources, requested, concerned);
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
  const unmoved = concerned.flatMap((place) => {
    const why = faults.get(place.image ?? "");
    const target = requested.get(place.image ?? "");
    const isThere = target === undefined || isAtTarget(place, target);
    return why === undefined || isThere ? [] : [{ place, why: why.join("; "), held: false }];
  });
  return {
    ...{ files, moves: movesOf(moved, targets), left: [...left, ...unmoved] },
    faults: linesOf(faults),
  };
}

function isConcerned({ image, digest }: Place, targets: ReadonlyMap<string, PinTarget>): boolean {
  return image !== undefined && digest !== undefined && targets.has(image);
}

function linesOf(faults: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...new Set([...faults.values()].flat())].sort();
}

/**
 * Why a pin has no target, where it would have one if more were known.
 * @param families that are meant; all without them
 */
function unclear(
  place: Place,
  families: ReadonlySet<string | undefined> | undefined,
): readonly LeftPlace[] {
  const { digest, image, repository, unattributed, possible, malformed } = place;
  const left = (why: string) => [{ place, why, held: false }];
  // What is listed beside the families has no list of its own, and moves with --to alone.
  const family = repository?.family ?? familyOf(image);
  const meant = possible?.map(familyOf) ?? [family];
  if (families !== undefined && !meant.some((one) => families.has(one))) return [];
  if (malformed !== undefined) return left(`${JSON.stringify(malformed)} is no digest`);
  if (digest === undefined) return [];
  if (unattributed !== undefined) return left(unattributed);
  if (family === undefined) return [];
  if (image === undefined) {
    return left(
      `${family} has an image for each accelerator, and no published list tells which one ${digest.text} is: write its tag before the digest`,
    );
  }
  // Another image of the family was asked for.
  if (families !== undefined) return [];
  return left(
    `no published list has ${image}, so that nobody knows its latest digest: write --to, or --images`,
  );
}

/** Undefined of what is listed beside the families, which is called by its registry. */
function familyOf(image: string | undefined): string | undefined {
  const family = parseImageLabel(image ?? "")?.family;
  return family?.includes(".") === true && image !== family ? undefined : family;
}

/** The targets that are everywhere a place will point to, with when they were built, and what is wrong with the others. */
async function checkedTargets(
  sources: MoveSources,
  targets: ReadonlyMap<string, PinTarget>,
  places: readonly Place[],
): Promise<{
  readonly targets: ReadonlyMap<string, PinTarget>;
  readonly faults: ReadonlyMap<string, readonly string[]>;
}> {
  const faults = new Map<string, readonly string[]>();
  const checked = new Map<string, PinTarget>();
  const own = Map.groupBy(places, ({ image }) => image);
  await Promise.all(
    [...targets].map(async ([image, target]) => {
      const ofImage = own.get(image) ?? [];
      const there = ofImage.filter((place) => isAtTarget(place, target));
      const moving = ofImage.filter((place) => !there.includes(place));
      const found = await Promise.all(
        destinations(sources.managed, target, moving).map(async (reference) => {
          const facts = await sources.facts(reference);
          return { facts, fault: faultOf(facts, reference, target, sources.known) };
        }),
      );
      const unnamed = moving.filter((place) => wantsContentName(place, target));
      const wrong = [...found.flatMap(({ fault }) => fault ?? []), ...unnamed.map(namelessFault)];
      if (wrong.length > 0) {
        faults.set(image, [...new Set(wrong)].sort());
        return;
      }
      // A date may be wrong where the digest is right: that is asked for the date alone, and no answer is no fault.
      const dated = destinations(
        sources.managed,
        target,
        there.filter(({ date }) => date !== undefined),
      );
      const facts = [
        ...found.map((one) => one.facts),
        ...(await Promise.all(dated.map((reference) => sources.facts(reference)))),
      ];
      const created = facts
        .map((one) => (one.state === "there" ? one.created : undefined))
        .find((one) => one !== undefined);
      checked.set(image, { ...target, ...(created !== undefined && { created }) });
    }),
  );
  if (checked.size > 0 || faults.size === 0) return { targets: checked, faults };
  throw new UserError(
    `${linesOf(faults).join("\n")}\nno file was changed: a pin to what is not there breaks every job that uses it`,
  );
}

function namelessFault({ file, line, tag }: Place): string {
  return `${file}:${line} has the tag ${tag?.text ?? ""}, which names content, and what the new content is called is in no list: write --to with that name, HOST/PATH:NAME@sha256:..., or take the tag away`;
}

/** Where places of an image point to once they are at its target: each repository once. */
function destinations(
  { repositories }: ManagedImages,
  target: PinTarget,
  places: readonly Place[],
): readonly DigestReference[] {
  const { image, digest } = target;
  const named = places.flatMap(({ repository }) => (repository === undefined ? [] : [repository]));
  // Of digests alone nobody says where they are used: where the image is first of all.
  const first = repositories.find(({ family, host, path }) => {
    return family === undefined ? `${host}/${path}` === image : family === image.split("/")[0];
  });
  const used = named.length > 0 || first === undefined || places.length === 0 ? named : [first];
  const names = new Set(used.map((repository) => movedRepository(repository, target)));
  return [...names].map((name) => ({ ...parseRepository(name), digest }));
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
