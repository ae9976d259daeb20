import { Registries } from "../../oci/registries.ts";
import { formatImageLabel } from "../../rules/image-label.ts";
import { planOf } from "../publishing/build-plan.ts";
import { buildsOfRef } from "../publishing/build-ref.ts";
import {
  refuseUnresolvedBases,
  selectImages,
  type WantedImage,
} from "../publishing/build-selection.ts";
import { type SurveyedImage, surveyContents } from "../publishing/content-survey.ts";
import { registryLogins, type Stack } from "../stack.ts";
import type { RunDecision } from "./decide-run.ts";

/** Whether a job builds what one label names, and why. */
export interface ImageDecision {
  /** By rules/image-label.ts. */
  readonly image: string;
  readonly build: boolean;
  /** `no cuda12.8-k... on docker.io/pytorch/almalinux-builder` */
  readonly reason: string;
}

/**
 * What the jobs of a run have to build: all that the registries do not have, as far as they tell without AWS's credentials.
 * What nobody tells counts as missing, since a job that finds nothing to do ends in seconds.
 * @throws ProblemsError when the base of an image has no digest yet
 */
export async function decideImages(
  stack: Stack,
  ref: string,
  decision: Extract<RunDecision, { readonly publish: true }>,
): Promise<readonly ImageDecision[]> {
  const published = new Set(decision.families.flatMap((one) => (one.publish ? one.family : [])));
  // A stack is applied as a whole, so that all of it is built first.
  const wanted = selectImages(stack, {}).filter(
    ({ family }) => decision.apply !== "nothing" || published.has(family.name),
  );
  const builds = buildsOfRef(stack, wanted, ref);
  refuseUnresolvedBases(stack, builds.wanted);
  const labelled = onePerLabel(builds.wanted);
  const readable = withoutEcr(labelled);

  const credentials = await registryLogins(
    stack,
    readable.flatMap(({ family }) => family.registries),
  );
  const registries = new Registries();
  const survey = await surveyContents(stack, readable, registries, credentials, builds.isTrusted);
  const decisions = new Map<string, ImageDecision>([
    ...survey.images.map((image) => [image.label, decided(image)] as const),
    ...survey.unknown.map(({ wanted: { label }, fault }) => {
      const reason = `counts as missing, for a registry does not tell: ${firstLine(fault.message)}`;
      return [label, { image: label, build: true, reason }] as const;
    }),
  ]);
  return labelled.map(
    ({ label }) =>
      decisions.get(label) ?? {
        image: label,
        build: true,
        reason:
          "counts as missing: it is on ECR alone, which tells nothing without AWS's credentials",
      },
  );
}

function decided(image: SurveyedImage): ImageDecision {
  const { label, contentName, repositories } = image;
  const plan = planOf(image);
  return plan === undefined
    ? { image: label, build: false, reason: `${contentName} is on ${repositories.join(", ")}` }
    : { image: label, build: true, reason: plan.reason };
}

/** Each platform of an image by itself, where a family has several. */
function onePerLabel(wanted: readonly WantedImage[]): readonly WantedImage[] {
  return wanted.flatMap((one) => {
    const { family, image, platforms } = one;
    if (family.platforms.length === 1) return [one];
    const { accelerator } = image;
    const named = { family: family.name, ...(accelerator !== undefined && { accelerator }) };
    return platforms.map((platform) => {
      return { ...one, label: formatImageLabel({ ...named, platform }), platforms: [platform] };
    });
  });
}

/** The images as the registries beside ECR carry them; none of a family that is on ECR alone. */
function withoutEcr(wanted: readonly WantedImage[]): readonly WantedImage[] {
  const families = new Map(
    [...new Set(wanted.map(({ family }) => family))].map((family) => {
      const registries = family.registries.filter((name) => name !== "ecr");
      return [family, { ...family, registries }] as const;
    }),
  );
  return wanted.flatMap((one) => {
    const family = families.get(one.family);
    return family === undefined || family.registries.length === 0 ? [] : [{ ...one, family }];
  });
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
