import { parseRepository } from "../../../rules/image-reference.ts";
import {
  isAtTarget,
  movedRepository,
  type PinTarget,
  wantsContentName,
} from "../../../rules/pins/edit.ts";
import type { ManagedImages } from "../../../rules/pins/managed-images.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { UserError } from "../../../rules/problems.ts";
import type { DigestFacts, DigestReference } from "../digest-facts.ts";
import type { KnownImages } from "../known-images.ts";

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

/** The targets that are everywhere a place will point to, with when they were built, and what is wrong with the others. */
export async function checkedTargets(
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

/** Each fault once. */
export function linesOf(faults: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return [...new Set([...faults.values()].flat())].sort();
}
