import { labelsNamed } from "../../../rules/cache-labels.ts";
import { ONLY_IMAGE } from "../../../rules/image-list.ts";
import { parseImageLabel } from "../../../rules/image-label.ts";
import { UserError } from "../../../rules/problems.ts";
import { suggestion } from "../../../rules/suggestion.ts";
import type { CachedImage } from "../cached-image.ts";

/**
 * The image of a channel by its label, or by an accelerator that is one image's alone.
 * @returns undefined where none is called so
 * @throws UserError where several are
 */
export function findNamed(images: readonly CachedImage[], name: string): CachedImage | undefined {
  const found = labelsNamed(
    name,
    images.map(({ label }) => label),
  );
  if (found.length > 1) {
    throw new UserError(`${JSON.stringify(name)} may be ${found.join(", ")}; write one of these`);
  }
  return images.find(({ label }) => label === found[0]);
}

/** That a channel has no image of a name: with the one that may be meant, or all that there are, a line each. */
export function noImage(images: readonly CachedImage[], name: string, channel: string): string {
  const labels = images.map(({ label }) => label);
  const none = `${JSON.stringify(name)} is no image of channel ${channel} in the store`;
  const near = familyHint(labels, name) || nearLabel(labels, name);
  if (near !== "") return `${none}${near}`;
  return labels.length === 0
    ? `${none}; it has none`
    : [`${none}; it has:`, ...labels.map((label) => `  ${label}`)].join("\n");
}

/** `default`, as lists of images call the only one of a family, or `FAMILY/default`. */
function familyHint(labels: readonly string[], name: string): string {
  const { family = "", accelerator } = parseImageLabel(name) ?? {};
  if (name !== ONLY_IMAGE && accelerator !== ONLY_IMAGE) return "";
  const only = labels.filter(
    (label) => !label.includes("/") && (accelerator === undefined || label === family),
  );
  if (only.length === 0) return "";
  return `; the only image of a family is called as the family: ${only.join(", ")}`;
}

function nearLabel(labels: readonly string[], name: string): string {
  const accelerators = labels.map((label) => parseImageLabel(label)?.accelerator ?? label);
  return suggestion(name, name.includes("/") ? labels : [...labels, ...accelerators]);
}
