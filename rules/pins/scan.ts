import { JoinedText } from "./joints.ts";
import type { ManagedImages } from "./managed-images.ts";
import type { Place } from "./place.ts";
import { foundIn } from "./scan-found.ts";
import { managedNames } from "./scan-names.ts";
import { ScannedFile } from "./scanned-file.ts";
import type { TextFile } from "./text-file.ts";

/**
 * Every place of a file that names a managed image with a tag or a digest, and every digest alone, in the order of the text.
 * What a digest alone belongs to is known of the whole tree only: see attribution.ts. Takes time in proportion to the text.
 */
export function scanText(file: TextFile, images: ManagedImages): readonly Place[] {
  const names = managedNames(images);
  if (names === undefined) return [];
  const joined = new JoinedText(file.text, file.path);
  const found = foundIn(joined, names, file.path);
  return found.length === 0 ? [] : new ScannedFile(file, joined).places(found);
}
