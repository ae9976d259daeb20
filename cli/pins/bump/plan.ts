import { parseImageLabel } from "../../../rules/image-label.ts";
import type { ImageReference } from "../../../rules/image-reference.ts";
import { editText, isAtTarget, type LeftPlace, type PinTarget } from "../../../rules/pins/edit.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { readTextFile, writeTextFile } from "../../../rules/pins/text-file.ts";
import { readPinned } from "../tree/pinned-file.ts";
import { checkedTargets, linesOf, type MoveSources } from "./checked-targets.ts";
import { type BumpRequest, bumpTargets } from "./targets.ts";
import type { FileChange } from "./whole-file.ts";

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
