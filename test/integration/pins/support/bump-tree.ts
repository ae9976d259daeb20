import { planBump, type BumpPlan } from "../../../../cli/pins/bump/plan.ts";
import { writeFiles } from "../../../../cli/pins/bump/write.ts";
import { confirmedPlaces } from "../../../../cli/pins/confirmed-places.ts";
import { findPlaces } from "../../../../cli/pins/tree/find-places.ts";
import { attribute } from "../../../../rules/pins/attribution.ts";
import type { ManagedImages } from "../../../../rules/pins/managed-images.ts";
import type { Place } from "../../../../rules/pins/place.ts";

/** What every image is moved to. */
export interface Published {
  /** `sha256:...` of an image; the same one whenever it is asked. */
  readonly digestOf: (image: string) => string;
  /** When all of them were built, in ISO 8601. */
  readonly created?: string;
}

/** The places of a tree, each digest alone with its image. */
export async function placesOf(root: string, images: ManagedImages): Promise<readonly Place[]> {
  const { places } = await findPlaces(root, images);
  return attribute(places, new Map());
}

/** Moves every pin of a tree to what is published; each digest is on its registries. */
export async function bumpTree(
  root: string,
  managed: ManagedImages,
  { digestOf, created }: Published,
): Promise<BumpPlan> {
  const facts = async () => ({
    ...{ state: "there" as const, platforms: ["linux/amd64"], size: 1 },
    ...(created !== undefined && { created }),
  });
  const plan = await planBump({
    ...{ root, managed, images: [], to: "latest", today: "2026-11-21" },
    places: await confirmedPlaces(await placesOf(root, managed), facts),
    known: {
      all: [],
      latest: (image) => ({ image, digest: digestOf(image), references: [] }),
    },
    facts,
    digestOf: async () => undefined,
    candidatePlaces: [],
  });
  await writeFiles(root, plan.files);
  return plan;
}
