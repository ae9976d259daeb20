import { loadProject } from "../../engine/project.ts";
import { Registries } from "../../oci/registries.ts";
import { imageUrns } from "../../rules/image-urns.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readStack, registryLogins, repositoryName, type Stack } from "../stack.ts";
import { planOf } from "./build-plan.ts";
import { pushableImages } from "./build-registries.ts";
import { refuseUnresolvedBases, selectImages, type WantedImage } from "./build-selection.ts";
import { type SurveyedImage, surveyContents } from "./content-survey.ts";

/** An image whose content no registry has. */
export interface UnbuiltImage {
  /** `almalinux-builder/cuda12.8` */
  readonly image: string;
  /** What is missing where, and what is to be done. */
  readonly reason: string;
}

/** What an apply leaves alone that must build nothing. */
export interface UnbuiltImages {
  readonly left: readonly UnbuiltImage[];
  /** URNs of the resources of these images. */
  readonly urns: readonly string[];
  /** Images that count as built, since a registry does not tell: each with its fault's first line. */
  readonly untold: readonly UnbuiltImage[];
}

/**
 * Looks for the content of all images of a stack.
 * @throws ProblemsError when the base of an image has no digest yet
 */
export async function unbuiltImages(name: string): Promise<UnbuiltImages> {
  const [stack, project] = await Promise.all([readStack(name), loadProject(PROJECT_ROOT, name)]);
  const all = selectImages(stack, {});
  refuseUnresolvedBases(stack, all);
  const registries = new Registries();
  const places = all.flatMap(({ family }) => family.registries);
  const credentials = await registryLogins(stack, places);
  const { wanted } = await pushableImages(stack, all, registries, credentials);
  const isTrusted = (): boolean => true;
  const { images, unknown } = await surveyContents(
    stack,
    wanted,
    registries,
    credentials,
    isTrusted,
  );
  const there = new Set(wanted.map(({ label }) => label));
  const surveyed = new Map(images.map((image) => [image.label, image]));
  const left = all.flatMap((one) => {
    if (!there.has(one.label)) return [{ one, missing: withoutRepository(stack, one) }];
    const missing = missingContent(stack, surveyed.get(one.label));
    return missing === undefined ? [] : [{ one, missing }];
  });
  return {
    left: left.map(({ one, missing }) => ({
      image: one.label,
      reason: `${missing}${one.image.float === undefined ? "" : "; what its float says comes with that"}`,
    })),
    urns: left.flatMap(({ one: { family, image } }) =>
      imageUrns(
        { project: project.name, stack: project.stack },
        {
          family: family.name,
          ...(image.accelerator !== undefined && { accelerator: image.accelerator }),
          platforms: family.platforms,
          hasContract: family.contract !== undefined,
        },
      ),
    ),
    untold: unknown.map(({ wanted: { label }, fault }) => {
      return { image: label, reason: fault.message.split("\n", 1)[0] ?? "" };
    }),
  };
}

/** Of an image that has its content, on any registry, nothing. */
function missingContent(
  { name }: Pick<Stack, "name">,
  image: SurveyedImage | undefined,
): string | undefined {
  const plan = image && planOf(image);
  if (plan === undefined || plan.build.length === 0) return undefined;
  return `${plan.reason}; slipway build --missing --stack ${name} --image ${plan.image.label} builds it`;
}

/** Of an image of a family that is on ECR alone. */
function withoutRepository(stack: Stack, { family }: WantedImage): string {
  const repository = repositoryName(stack, family, "ecr");
  return `${repository} is not there yet, or not for this login; up of the stack that owns it makes it, and the run after that builds what belongs there`;
}
