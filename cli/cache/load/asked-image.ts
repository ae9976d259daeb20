import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from "../../../rules/image-reference.ts";
import { UserError } from "../../../rules/problems.ts";
import { askedReference } from "../cached-image.ts";
import type { FoundImage } from "./find-image.ts";

/** What a caller asks for: a reference that an engine could pull, or a name that only the store knows. */
export type AskedImage =
  | { readonly kind: "reference"; readonly text: string; readonly reference: ImageReference }
  | { readonly kind: "name"; readonly text: string };

/** Reads `REF` or `NAME`. A reference has a tag or a digest after a colon, and no name has a colon. */
export function parseAskedImage(text: string): AskedImage {
  if (!text.includes(":")) return { kind: "name", text };
  try {
    return { kind: "reference", text, reference: parseImageReference(text) };
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * What the engine shall call an image that was asked for: what jobs ask for, and the reference that was. An engine takes no
 * digest as a name, so that a reference by digest is named by the content at that registry, unless its tag is the image's too.
 */
export function namesAsked(
  asked: AskedImage,
  { image, isTagged }: Pick<FoundImage, "image" | "isTagged">,
): readonly string[] {
  const own = askedReference(image);
  if (asked.kind === "name") return [own];
  const tag = (isTagged ? asked.reference.tag : undefined) ?? image.contentName;
  return [...new Set([own, `${formatRepository(asked.reference)}:${tag}`])];
}
