import type { CheckRun } from "../../../github/check-runs.ts";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { DIGEST } from "../../../rules/image-reference.ts";
import type { Place } from "../../../rules/pins/place.ts";

/** Candidates that are looked at for one image: a pull request may name any number. */
const MOST = 20;

/** An image whose candidates are asked for. */
interface CandidateOf {
  /** By rules/image-label.ts. */
  readonly label: string;
  readonly family: string;
}

/** The digests that a tree pins in the repository of candidates of an image's family, and that may be of the image. */
export function pinnedCandidates(
  { label, family }: CandidateOf,
  places: readonly Place[],
): readonly string[] {
  return places.flatMap(({ repository, image, digest }) =>
    repository?.candidate === true &&
    repository.family === family &&
    (image === undefined || image === label) &&
    digest !== undefined
      ? [digest.text]
      : [],
  );
}

/**
 * The digests that may be an image's candidate: those that the tree pins, then those that checks of the pull request's head tell.
 * Whoever wrote a pull request chose them: only what is signed of one says what it is.
 */
export function candidateDigests(
  image: CandidateOf,
  places: readonly Place[],
  checks: readonly CheckRun[],
): readonly string[] {
  const told = checks.flatMap(({ name, externalId }) =>
    name === candidateCheckName(image.label) && externalId !== undefined ? [externalId] : [],
  );
  const named = new Set([...pinnedCandidates(image, places), ...told]);
  return [...named].filter((one) => DIGEST.test(one)).slice(0, MOST);
}
