import type { CatalogImage, Family } from "../../catalog.ts";
import { imageLabels, parseImageLabel } from "../../rules/image-label.ts";
import { ProblemsError, type Problem } from "../../rules/problems.ts";
import { suggestion } from "../../rules/suggestion.ts";
import { unknownFamily } from "../../rules/unknown-family.ts";
import type { Stack } from "../stack.ts";

/** Which of a stack's images are asked for; all of them where nothing is said. */
export interface Selection {
  /** By rules/image-label.ts, which says all: `almalinux-builder/cuda12.8`, `tools/cpu@linux/arm64`. */
  readonly image?: string;
  readonly family?: string;
  readonly accelerator?: string;
  /** `linux/arm64` */
  readonly platform?: string;
}

/** An image of a stack that is to have its content name. */
export interface WantedImage {
  readonly family: Family;
  readonly image: CatalogImage;
  /** `almalinux-builder/cuda12.8`, or the family's name where it has one image. */
  readonly label: string;
  /** Those of the family's platforms that are asked for, in its order; at least one. */
  readonly platforms: readonly string[];
}

/**
 * The images of a stack that a selection means.
 * @throws ProblemsError that lists all that is wrong with the selection
 */
export function selectImages(
  { name, families, catalog }: Pick<Stack, "name" | "families" | "catalog">,
  selection: Selection,
): readonly WantedImage[] {
  if (selection.image !== undefined) {
    return labelledImage({ name, families, catalog }, selection.image);
  }
  const problems: Problem[] = [];
  const inFamily = families.filter(
    (family) => selection.family === undefined || family.name === selection.family,
  );
  if (selection.family !== undefined && inFamily.length === 0) {
    problems.push({
      path: "--family",
      message: unknownFamily(
        selection.family,
        families.map((family) => family.name),
        { name, catalog },
      ),
    });
  }
  // A family that nobody knows says nothing about its accelerators: then those of the whole stack are looked at.
  const pool = inFamily.length > 0 ? inFamily : families;
  const images = pool.flatMap((family) => family.images.map((image) => ({ family, image })));
  const meant = images.filter(
    ({ image }) =>
      selection.accelerator === undefined || image.accelerator === selection.accelerator,
  );
  if (selection.accelerator !== undefined && meant.length === 0) {
    problems.push({
      path: "--accelerator",
      message: unknownAccelerator(selection.accelerator, pool, families),
    });
  }
  const { platform } = selection;
  const wanted = (meant.length > 0 ? meant : images).flatMap(({ family, image }) => {
    const platforms = family.platforms.filter((one) => platform === undefined || one === platform);
    return platforms.length === 0
      ? []
      : [{ family, image, label: imageLabel(family, image), platforms }];
  });
  if (platform !== undefined && wanted.length === 0) {
    const known = unique(pool.flatMap(({ platforms }) => platforms));
    problems.push({ path: "--platform", message: noSuch("platform here", platform, known) });
  }
  if (problems.length > 0) throw new ProblemsError("slipway build --missing", problems);
  return wanted;
}

function labelledImage(
  stack: Pick<Stack, "name" | "families" | "catalog">,
  text: string,
): readonly WantedImage[] {
  const { name, families, catalog } = stack;
  const labels = families.flatMap(imageLabels);
  const label = parseImageLabel(text);
  if (label === undefined || !labels.includes(text)) {
    const isFamily = families.some((family) => family.name === label?.family);
    const own = families.filter((family) => !isFamily || family.name === label?.family);
    const message =
      label === undefined || isFamily
        ? noSuch(`image of stack ${name}`, text, own.flatMap(imageLabels))
        : unknownFamily(
            label.family,
            families.map((family) => family.name),
            { name, catalog },
          );
    throw new ProblemsError("slipway build --missing", [{ path: "--image", message }]);
  }
  const { family, accelerator, platform } = label;
  return selectImages(stack, {
    family,
    ...(accelerator !== undefined && { accelerator }),
    ...(platform !== undefined && { platform }),
  });
}

/**
 * Refuses images whose base nobody has looked up: what such a tag points to may change while the key does not.
 * @throws ProblemsError that names every such base
 */
export function refuseUnresolvedBases(
  stack: Pick<Stack, "name" | "standIns">,
  wanted: readonly WantedImage[],
): void {
  if (stack.standIns !== undefined) return;
  const problems = new Map<string, Problem>();
  for (const { family, image } of wanted) {
    const { image: base, digest } = image.base;
    if (digest !== "unresolved") continue;
    problems.set(`${family.name} ${base}`, {
      path: `images/${family.name}/image.yaml`,
      message: `base ${base} has no digest yet; look it up with: slipway bases bump`,
    });
  }
  if (problems.size > 0) throw new ProblemsError(`stack ${stack.name}`, [...problems.values()]);
}

/** What lines of progress and errors call an image. */
export function imageLabel(
  { name }: Pick<Family, "name">,
  { accelerator }: Pick<CatalogImage, "accelerator">,
): string {
  return accelerator === undefined ? name : `${name}/${accelerator}`;
}

function unknownAccelerator(
  found: string,
  pool: readonly Family[],
  families: readonly Family[],
): string {
  const has = ({ images }: Family): boolean =>
    images.some(({ accelerator }) => accelerator === found);
  const where = pool.map(({ name }) => name).join(", ");
  const elsewhere = families.filter(has).map(({ name }) => name);
  if (elsewhere.length > 0) {
    return `${JSON.stringify(found)} is an accelerator of ${elsewhere.join(", ")}, not of ${where}; write --family ${elsewhere[0] ?? ""}`;
  }
  const known = unique(
    pool.flatMap(({ images }) => images.flatMap(({ accelerator }) => accelerator ?? [])),
  );
  if (known.length === 0) {
    return `${where} has one image and no accelerators; leave --accelerator ${JSON.stringify(found)} out`;
  }
  return noSuch(`accelerator of ${where}`, found, known);
}

function noSuch(what: string, found: string, known: readonly string[]): string {
  return `${JSON.stringify(found)} is no ${what}${suggestion(found, known)}; there are: ${known.join(", ")}`;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
