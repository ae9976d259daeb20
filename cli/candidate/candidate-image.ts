import type { RegistryName } from "../../catalog.ts";
import { candidateRepository } from "../../rules/build-cache.ts";
import { ProblemsError } from "../../rules/problems.ts";
import { suggestion } from "../../rules/suggestion.ts";
import { repositoryName, type Stack } from "../stack.ts";
import type { TreeImage } from "./tree.ts";

/** The registries that candidates go to, of those that carry the family. */
const CANDIDATE_REGISTRIES: readonly RegistryName[] = ["ghcr.io", "ecr"];

/** Where a candidate of a family goes. */
export interface CandidatePlace {
  readonly registry: RegistryName;
  /** `host/path` */
  readonly repository: string;
}

/**
 * Where candidates of a family go, as the stack's own checkout says; the first one is where they are looked for. None where the family
 * is on docker.io alone.
 */
export function candidatePlaces(stack: Stack, family: string): readonly CandidatePlace[] {
  const own = stack.families.find(({ name }) => name === family);
  if (own === undefined) return [];
  return CANDIDATE_REGISTRIES.filter((name) => own.registries.includes(name)).map((registry) => ({
    registry,
    repository: candidateRepository(repositoryName(stack, own, registry)),
  }));
}

/** Why an image can have no candidate, or nothing. */
export function candidateProblem(stack: Stack, { family }: TreeImage): string | undefined {
  const own = stack.families.find(({ name }) => name === family.name);
  if (family.platforms.length > 1 || (own !== undefined && own.platforms.length > 1)) {
    return `${family.name} has several platforms (${family.platforms.join(", ")}), which are built on several machines: such families have no candidates`;
  }
  if (candidatePlaces(stack, family.name).length === 0) {
    return `${family.name} is on no registry that takes candidates (${CANDIDATE_REGISTRIES.join(", ")})`;
  }
  return undefined;
}

/**
 * The image of a tree that a label means, if it can have a candidate.
 * @throws ProblemsError
 */
export function candidateImage(
  stack: Stack,
  images: readonly TreeImage[],
  label: string,
): TreeImage & { readonly platform: string } {
  const image = images.find((one) => one.label === label);
  const labels = images.map((one) => one.label);
  const problem =
    image === undefined
      ? `${JSON.stringify(label)} is no image that stack ${stack.name} and the checkout both have${suggestion(label, labels)}; there are: ${labels.join(", ")}`
      : candidateProblem(stack, image);
  const [platform] = image?.platforms ?? [];
  if (image === undefined || platform === undefined || problem !== undefined) {
    throw new ProblemsError("slipway candidate", [
      { path: "--image", message: problem ?? `${label} has no platform` },
    ]);
  }
  return { ...image, platform };
}
