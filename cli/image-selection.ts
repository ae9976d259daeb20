import { type CatalogImage, type Family, readCatalog } from "../catalog.ts";
import { UserError } from "../rules/problems.ts";
import { suggestion } from "../rules/suggestion.ts";
import { unknownFamily } from "../rules/unknown-family.ts";

/** One image of the catalogue, with what it is called on this machine. */
export interface SelectedImage {
  readonly family: Family;
  readonly image: CatalogImage;
  /** `almalinux-builder/cuda12.8`, or the family's name where it has one image. */
  readonly label: string;
  /** `slipway/almalinux-builder:cuda12.8`; no registry has it. */
  readonly tag: string;
}

/**
 * The images of a family, or the one of an accelerator.
 * @throws UserError naming what there is.
 */
export async function selectImages(
  familyName: string,
  accelerator?: string,
): Promise<SelectedImage[]> {
  const catalog = await readCatalog();
  const family = catalog.get(familyName);
  if (family === undefined) throw new UserError(unknownFamily(familyName, [...catalog.keys()]));
  const selected = family.images.filter(
    (image) => accelerator === undefined || image.accelerator === accelerator,
  );
  if (selected.length === 0) {
    const known = family.images.flatMap((image) => image.accelerator ?? []);
    throw new UserError(
      known.length === 0
        ? `${familyName} has one image and no accelerators; leave ${JSON.stringify(accelerator)} out`
        : `${JSON.stringify(accelerator)} is no accelerator of ${familyName}${suggestion(accelerator ?? "", known)}; there are: ${known.join(", ")}`,
    );
  }
  return selected.map((image) => ({
    family,
    image,
    label: image.accelerator === undefined ? family.name : `${family.name}/${image.accelerator}`,
    tag: `slipway/${family.name}:${image.accelerator ?? "latest"}`,
  }));
}
