import pLimit from "p-limit";
import type { CredentialsByHost, Registries } from "../../oci/registries.ts";
import { contentName, stageContentName } from "../../rules/names.ts";
import { platformTag } from "../../rules/platform.ts";
import { UserError } from "../../rules/problems.ts";
import { repositoryName, type Stack, stackKeys } from "../stack.ts";
import type { Family } from "../../catalog.ts";
import type { WantedImage } from "./build-selection.ts";

/** Look-ups in flight at once, on all registries together. */
const PARALLEL = 16;

/** Digests (`sha256:...`) by `host/path`, in the order of the family's registries; those that have the name. */
export type Found = ReadonlyMap<string, string>;

/** An image with the name that its content gets, and what the registries have of it. */
export interface SurveyedImage extends WantedImage {
  readonly contentName: string;
  /** `host/path` on each of the family's registries, in order. */
  readonly repositories: readonly string[];
  readonly content: Found;
  /**
   * By platform, all of the family's, what is there under the platform's own name. Empty while the image itself is there,
   * and in a family with one platform, whose content has no other name.
   */
  readonly platformContents: ReadonlyMap<string, Found>;
}

/** An image that a registry did not tell of. */
export interface UnknownImage {
  readonly wanted: WantedImage;
  readonly fault: UserError;
}

/** What is known of all images. */
export interface Survey {
  readonly images: readonly SurveyedImage[];
  readonly unknown: readonly UnknownImage[];
}

/**
 * Asks all registries for the content of all images.
 * @param isTrusted whether a family's content is for everybody. What is not uses trusted content where it is on all
 *   registries, and has a name of its own else.
 */
export async function surveyContents(
  stack: Stack,
  wanted: readonly WantedImage[],
  registries: Registries,
  credentials: CredentialsByHost,
  isTrusted: (family: Family) => boolean,
): Promise<Survey> {
  const limit = pLimit(PARALLEL);
  const families = new Set(wanted.map(({ family }) => family));
  const keys = new Map(
    await Promise.all(
      [...families].map(async (family) => [family, await stackKeys(stack, family)] as const),
    ),
  );
  const lookUp = async (repositories: readonly string[], tag: string): Promise<Found> => {
    const digests = await Promise.all(
      repositories.map((repository) =>
        limit(() => registries.repository(repository, credentials).manifests.digest(tag)),
      ),
    );
    return new Map(
      repositories.flatMap((repository, index) => {
        const digest = digests[index];
        return digest === undefined ? [] : [[repository, digest] as const];
      }),
    );
  };
  const survey = async (one: WantedImage): Promise<SurveyedImage> => {
    const { family, image } = one;
    const key = keys.get(family)?.get(image.accelerator ?? "") ?? "";
    const trusted = await surveyName(one, contentName(image.accelerator, key));
    const { content, repositories } = trusted;
    const usable = isTrusted(family) || content.size === repositories.length;
    return usable ? trusted : surveyName(one, stageContentName(image.accelerator, key));
  };
  const surveyName = async (one: WantedImage, name: string): Promise<SurveyedImage> => {
    const { family } = one;
    const repositories = family.registries.map((registry) =>
      repositoryName(stack, family, registry),
    );
    const content = await lookUp(repositories, name);
    const platforms = content.size > 0 || family.platforms.length === 1 ? [] : family.platforms;
    const platformContents = await Promise.all(
      platforms.map(
        async (platform) =>
          [platform, await lookUp(repositories, platformTag(name, platform))] as const,
      ),
    );
    const found = { content, platformContents: new Map(platformContents) };
    return { ...one, contentName: name, repositories, ...found };
  };

  const images: SurveyedImage[] = [];
  const unknown: UnknownImage[] = [];
  const surveys = await Promise.allSettled(wanted.map(survey));
  for (const [index, result] of surveys.entries()) {
    const one = wanted[index];
    if (result.status === "fulfilled") images.push(result.value);
    else if (result.reason instanceof UserError && one !== undefined) {
      unknown.push({ wanted: one, fault: result.reason });
    } else throw result.reason;
  }
  return { images, unknown };
}
