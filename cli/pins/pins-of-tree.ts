import { attribute } from "../../rules/pins/attribution.ts";
import { managedImages, type ManagedImages } from "../../rules/pins/managed-images.ts";
import type { Stack } from "../stack.ts";
import type { KnownImages } from "./known-images.ts";
import { imagesByDigest, publishedImages } from "./published-images.ts";
import { findPlaces, type FoundPlaces } from "./tree/find-places.ts";
import { pinsFileOf } from "./tree/pins-file.ts";

/** What a tree has of a stack's images and of those that it lists itself. */
export interface PinsOfTree extends FoundPlaces {
  readonly managed: ManagedImages;
}

/**
 * Finds the pins of a tree, each with its image where that is known.
 * @param root absolute path
 * @param known whose digests tell of which image they are
 */
export async function pinsOfTree(
  root: string,
  stack: Stack | undefined,
  known: KnownImages,
  onProgress?: (line: string) => void,
): Promise<PinsOfTree> {
  const { images } = await pinsFileOf(root);
  const managed = managedImages(stack && publishedImages(stack), images);
  const found = await findPlaces(root, managed, onProgress === undefined ? {} : { onProgress });
  return { ...found, managed, places: attribute(found.places, imagesByDigest(known)) };
}
