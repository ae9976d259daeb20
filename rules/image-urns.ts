import { platformEnd } from "./builder-name.ts";
import { ONLY_IMAGE } from "./image-list.ts";

/** What must be known of an image to name its resources. */
export interface ImageWithResources {
  readonly family: string;
  /** Absent in a family with one image. */
  readonly accelerator?: string;
  readonly platforms: readonly string[];
  /** Whether what it holds is checked before it is named. */
  readonly hasContract: boolean;
}

const FAMILY = "slipway:index:ImageFamily";
const IMAGE = `${FAMILY}$slipway:index:AcceleratorImage`;
const BUILD = `${IMAGE}$docker-build:index:Image`;
const NAME = `${IMAGE}$slipway:index:ImageName`;

/**
 * URNs of an image's resources as components/accelerator-image.ts declares them: the component, content and contract check
 * of each platform, and its names. No pattern of the Pulumi CLI's tells them from those of an image whose name goes on
 * where this one's ends.
 * @see https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
 */
export function imageUrns(
  { project, stack }: { readonly project: string; readonly stack: string },
  { family, accelerator = ONLY_IMAGE, platforms, hasContract }: ImageWithResources,
): readonly string[] {
  const urn = (type: string, end = ""): string =>
    `urn:pulumi:${stack}::${project}::${type}::${family}/${accelerator}${end}`;
  const ends = platforms.map((one) => (platforms.length > 1 ? `-${platformEnd(one)}` : ""));
  return [
    urn(IMAGE),
    ...ends.map((end) => urn(BUILD, `-content${end}`)),
    ...(hasContract ? ends.map((end) => urn(BUILD, `-contract${end}`)) : []),
    urn(NAME, "-name"),
  ];
}
