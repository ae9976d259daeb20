import { ONLY_IMAGE } from "../../rules/image-list.ts";
import { platformTag } from "../../rules/platform.ts";
import type { LeftOut } from "./build-ref.ts";
import type { WantedImage } from "./build-selection.ts";
import type { SurveyedImage } from "./content-survey.ts";

/** Content that has its name now. */
export interface NamedContent {
  readonly wanted: WantedImage;
  /** Of one platform of several; absent for what the image's own name stands for. */
  readonly platform?: string;
  readonly contentName: string;
  /** `sha256:...` */
  readonly digest: string;
  /** Whether this run built it; what another run named first counts as not built. */
  readonly built: boolean;
  readonly seconds: number;
}

/** Content that has no name, or not on all registries, and why. */
export interface FailedContent {
  readonly wanted: WantedImage;
  readonly platform?: string;
  readonly message: string;
}

/** What became of every image that was asked for. */
export interface BuildReport {
  readonly contents: readonly NamedContent[];
  readonly failures: readonly FailedContent[];
}

/**
 * What `--json` prints.
 * @param leftOut families that the ref does not publish
 */
export function reportJson(
  stack: string,
  { contents, failures }: BuildReport,
  leftOut: readonly LeftOut[],
): string {
  return JSON.stringify(
    {
      stack,
      images: contents.map(({ wanted, platform, contentName, digest, built, seconds }) => ({
        ...nameOf(wanted, platform),
        contentName,
        digest,
        built,
        seconds: Number(seconds.toFixed(1)),
      })),
      failures: failures.map(({ wanted, platform, message }) => ({
        ...nameOf(wanted, platform),
        message,
      })),
      leftOut,
    },
    undefined,
    2,
  );
}

function nameOf({ family, image }: WantedImage, platform: string | undefined) {
  return {
    family: family.name,
    accelerator: image.accelerator ?? ONLY_IMAGE,
    ...(platform !== undefined && { platform }),
  };
}

/** What failed and why, one after the other. */
export function failuresText({ failures }: BuildReport): string {
  return failures.map(({ message }) => `error: ${message}`).join("\n");
}

/** One line for each content of an image that was named, and one for each that failed. */
export function reportLines({ contents, failures }: BuildReport): readonly string[] {
  return [
    ...contents.map(({ wanted, platform, contentName, digest, built, seconds }) => {
      const what = built ? "built" : platform === undefined ? "named" : "there";
      const label = labelOf(wanted, platform);
      return `${label}  ${what}  ${contentName}  ${digest}  ${seconds.toFixed(1)} s`;
    }),
    ...failures.map(({ wanted, platform }) => `${labelOf(wanted, platform)}  failed`),
  ];
}

/** `13 images: 9 there, 3 built, 1 failed`. */
export function summaryText(images: number, { contents, failures }: BuildReport): string {
  const failed = labelsOf(failures);
  const made = contents.filter((content) => content.built && !failed.has(content.wanted.label));
  const built = labelsOf(made);
  const parts = [
    `${images - failed.size - built.size} there`,
    `${built.size} built`,
    ...(failed.size > 0 ? [`${failed.size} failed`] : []),
  ];
  return `${images} ${images === 1 ? "image" : "images"}: ${parts.join(", ")}`;
}

/** Contents of an image that lacked nothing. */
export function foundContents(image: SurveyedImage): readonly NamedContent[] {
  const { contentName } = image;
  const there = { wanted: image, built: false, seconds: 0 };
  const [digest] = image.content.values();
  if (digest !== undefined) return [{ ...there, contentName, digest }];
  return image.platforms.flatMap((platform) => {
    const [found] = image.platformContents.get(platform)?.values() ?? [];
    const name = platformTag(contentName, platform);
    return found === undefined ? [] : [{ ...there, platform, contentName: name, digest: found }];
  });
}

function labelOf({ label }: WantedImage, platform: string | undefined): string {
  return platform === undefined ? label : `${label} (${platform})`;
}

function labelsOf(entries: readonly { readonly wanted: WantedImage }[]): Set<string> {
  return new Set(entries.map(({ wanted }) => wanted.label));
}
