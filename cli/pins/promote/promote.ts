import pLimit from "p-limit";
import { type CredentialsByHost, Registries } from "../../../oci/registries.ts";
import { all } from "../../../provider/all.ts";
import { managedImages } from "../../../rules/pins/managed-images.ts";
import { COMMIT } from "../../../rules/image-list.ts";
import type { Place } from "../../../rules/pins/place.ts";
import { UserError } from "../../../rules/problems.ts";
import { candidatePlaces, candidateProblem } from "../../candidate/candidate-image.ts";
import { PROJECT_ROOT } from "../../project-root.ts";
import { sigstoreOf } from "../../provenance/sigstore.ts";
import { pushableImages } from "../../publishing/build-registries.ts";
import { selectImages, type WantedImage } from "../../publishing/build-selection.ts";
import { Checkout } from "../../publishing/checkout.ts";
import {
  type Survey,
  surveyContents,
  type SurveyedImage,
} from "../../publishing/content-survey.ts";
import { readStack, registryLogins, type Stack } from "../../stack.ts";
import { publishedImages } from "../published-images.ts";
import { findPlaces } from "../tree/find-places.ts";
import { candidateDigests, pinnedCandidates } from "./candidate-digests.ts";
import { keepCandidate } from "./keep-candidate.ts";
import { fullName, mergedBy } from "./merged-by.ts";
import type { MergedPullRequest } from "./merged-pull-request.ts";
import { type ImageOutcome, promoteImage, type Promoter } from "./promote-image.ts";

/** Images that are looked at at once; each copies a few blobs at a time. */
const PARALLEL = 4;

/** What a run of `slipway pins promote` did. */
export interface Promotion {
  readonly stack: string;
  /** The merged commit. */
  readonly commit: string;
  /** The pull request that it came in by. */
  readonly pullRequest?: number;
  /** Why nothing of any image was taken over. */
  readonly reason?: string;
  /** The tree pins what may be candidates of images that lack their content, and none was asked for. */
  readonly pinsCandidates?: boolean;
  /** In the order of the stack's configuration. */
  readonly images: readonly ImageOutcome[];
}

/**
 * Takes over what was built from the pull request that a commit came in by: each image whose content is not there gets it from
 * its candidate, if that is proven to be the content of the merged tree.
 * @param commit of the checkout that the command runs in; absent: the one that is checked out
 * @throws UserError for what stands in the way of all images
 */
export async function promote(
  stackName: string,
  commit: string | undefined,
  say: (line: string) => void,
): Promise<Promotion> {
  const [stack, checkout] = await Promise.all([readStack(stackName), Checkout.open(PROJECT_ROOT)]);
  const merged = mergedCommit(commit, checkout?.head);
  const done = { stack: stackName, commit: merged };
  const registries = new Registries();
  const selected = selectImages(stack, {});
  const lookedAt = await lookAt(stack, selected, registries);
  if ("fault" in lookedAt) {
    const images = selected.map(({ label }): ImageOutcome => ({
      ...{ label, contentName: "", state: "unknown", reasons: [] },
    }));
    return { ...done, reason: lookedAt.fault, images };
  }
  const { credentials, wanted, survey } = lookedAt;
  const unknown = survey.unknown.map(({ wanted: { label }, fault }): ImageOutcome => ({
    ...{ label, contentName: "", state: "unknown", reasons: [fault.message] },
  }));
  const isThere = ({ content }: SurveyedImage): boolean => content.size > 0;
  const missing = survey.images.filter((image) => !isThere(image));
  const { places } = await findPlaces(PROJECT_ROOT, managedImages(publishedImages(stack), []));
  const limit = pLimit(PARALLEL);
  const promoter = { registries, credentials, sigstore: sigstoreOf(stack) };
  const there = await all(
    survey.images
      .filter(isThere)
      .map((image) => limit(() => thereAlready(stack, image, places, promoter))),
  );
  if (missing.length === 0) return { ...done, images: [...there, ...unknown] };

  say(
    `${missing.length} of ${wanted.length} images lack their content; asking for the pull request of ${merged}`,
  );
  const asked = await mergedBy(stack, merged);
  const { pullRequest } = asked;
  const reason = asked.fault ?? asked.mismatch ?? whyNothing(merged, pullRequest);
  if (reason !== undefined || pullRequest === undefined || asked.numbers === undefined) {
    const state = asked.fault === undefined ? "built" : "unknown";
    const built = missing.map(({ label, contentName }): ImageOutcome => ({
      ...{ label, contentName, state, reasons: [] },
    }));
    return {
      ...done,
      ...(pullRequest !== undefined && { pullRequest: pullRequest.number }),
      ...(reason !== undefined && { reason }),
      pinsCandidates: missing.some((image) => pinnedOf(image, places).length > 0),
      images: [...there, ...built, ...unknown],
    };
  }

  say(`it is pull request ${pullRequest.number}; looking for its candidates`);
  const expected = {
    pullRequest: pullRequest.number,
    repository: fullName(stack),
    ...asked.numbers,
  };
  const outcomes = await all(
    missing.map((image) =>
      limit(async (): Promise<ImageOutcome> => {
        const { label, contentName } = image;
        const family = image.family.name;
        const problem = candidateProblem(stack, image);
        const digests = candidateDigests({ label, family }, places, pullRequest.checks);
        if (problem !== undefined || digests.length === 0) {
          const why = problem ?? "no pin and no check of the pull request names a candidate of it";
          return { label, contentName, state: "built", reasons: [why] };
        }
        return promoteImage(image, digests, candidatePlaces(stack, family), expected, promoter);
      }),
    ),
  );
  return {
    ...done,
    pullRequest: pullRequest.number,
    images: [...there, ...outcomes, ...unknown],
  };
}

/** What the registries have of a stack's images, or why they do not tell. */
async function lookAt(
  stack: Stack,
  selected: readonly WantedImage[],
  registries: Registries,
): Promise<
  | {
      readonly credentials: CredentialsByHost;
      readonly wanted: readonly WantedImage[];
      readonly survey: Survey;
    }
  | { readonly fault: string }
> {
  try {
    const names = selected.flatMap(({ family }) => family.registries);
    const credentials = await registryLogins(stack, names);
    const { wanted } = await pushableImages(stack, selected, registries, credentials);
    const survey = await surveyContents(stack, wanted, registries, credentials, () => true);
    return { credentials, wanted, survey };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { fault: error.message };
  }
}

/** @throws UserError when it is no commit, or another one than is checked out: contents are those of the checkout */
function mergedCommit(asked: string | undefined, head: string | undefined): string {
  const commit = asked ?? head;
  if (commit === undefined) {
    throw new UserError(
      "which commit was merged is not known: run this in its checkout, or write --commit and 40 hex digits",
    );
  }
  if (!COMMIT.test(commit)) {
    throw new UserError(
      `--commit ${JSON.stringify(commit)} is not a whole commit; write the 40 hex digits of git rev-parse HEAD`,
    );
  }
  if (head !== undefined && head !== commit) {
    throw new UserError(
      `--commit ${commit}: ${head} is checked out, and contents follow from what is; git checkout ${commit} first`,
    );
  }
  return commit;
}

function whyNothing(
  commit: string,
  pullRequest: MergedPullRequest | undefined,
): string | undefined {
  if (pullRequest === undefined) {
    return `${commit} came in by no pull request that GitHub calls merged`;
  }
  const { number, problem } = pullRequest;
  return problem && `pull request ${number}: ${problem}`;
}

/** An image that has its content, whose candidate is kept where a run that ended early did not get to it. */
async function thereAlready(
  stack: Stack,
  image: SurveyedImage,
  places: readonly Place[],
  { registries, credentials }: Promoter,
): Promise<ImageOutcome> {
  const { label, contentName, content, family } = image;
  const [digest] = content.values();
  const outcome = { label, contentName, state: "there", reasons: [] } as const;
  if (digest === undefined) return outcome;
  if (!pinnedOf(image, places).includes(digest)) return { ...outcome, digest };
  const candidates = candidatePlaces(stack, family.name);
  const reasons = await keepCandidate(digest, candidates, registries, credentials);
  return { ...outcome, digest, reasons, ...(reasons.length > 0 && { expires: true }) };
}

function pinnedOf({ label, family }: SurveyedImage, places: readonly Place[]): readonly string[] {
  return pinnedCandidates({ label, family: family.name }, places);
}
