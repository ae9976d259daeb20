import type { ManagedImages } from "./managed-images.ts";
import type { Place } from "./place.ts";
import type { TextFile } from "./text-file.ts";

/**
 * Every place of a file that names a managed image with a tag or a digest, and every digest alone, in the order of the text.
 * What a digest alone belongs to is known of the whole tree only: see attribution.ts.
 */
export function scanText(_file: TextFile, _images: ManagedImages): readonly Place[] {
  return [];
}
