import { formatImageLabel } from "../image-label.ts";
import { formatRepository } from "../image-reference.ts";
import type { ManagedRepository } from "./managed-images.ts";

/** Most images that a message names. */
const MOST_NAMED = 4;

/** Images as a message names them: `a, b, c, d and 3 more`. */
export function imagesText(images: readonly string[]): string {
  const named = images.slice(0, MOST_NAMED).join(", ");
  return images.length > MOST_NAMED ? `${named} and ${images.length - MOST_NAMED} more` : named;
}

/**
 * The image that a repository and a tag name, as a label or of a listed one as `host/path`; undefined where the repository has
 * several and the tag says not which one, or where it is none that anything is published in.
 */
export function imageOf(
  repository: ManagedRepository,
  tag: string | undefined,
): string | undefined {
  const { family, accelerators, published = true } = repository;
  if (!published) return undefined;
  if (family === undefined) return formatRepository(repository);
  if (accelerators.length === 0) return formatImageLabel({ family });
  if (tag === undefined) return undefined;
  // "rocm-n-py3-benchmarks-main" is of the longer one of two.
  const named = accelerators.filter((one) => tag === one || tag.startsWith(`${one}-`));
  const accelerator = named.sort((a, b) => b.length - a.length)[0];
  return accelerator === undefined ? undefined : formatImageLabel({ family, accelerator });
}
