import type { CheckRun } from "../../../github/check-runs.ts";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { DIGEST } from "../../../rules/image-reference.ts";
import type { Place } from "../../../rules/pins/place.ts";

/** Candidates that are looked at for one image: a pull request may name any number. */
const MOST = 20;

/**
 * The digests that may be an image's candidate: those that the tree pins in the family's repository of candidates, then those that
 * checks of the pull request's head tell. Whoever wrote a pull request chose them: only what is signed of one says what it is.
 * @param label by rules/image-label.ts
 */
export function candidateDigests(
  { label, family }: { readonly label: string; readonly family: string },
  places: readonly Place[],
  checks: readonly CheckRun[],
): readonly string[] {
  const pinned = places.flatMap(({ repository, image, digest }) =>
    repository?.candidate === true &&
    repository.family === family &&
    (image === undefined || image === label) &&
    digest !== undefined
      ? [digest.text]
      : [],
  );
  const told = checks.flatMap(({ name, externalId }) =>
    name === candidateCheckName(label) && externalId !== undefined ? [externalId] : [],
  );
  return [...new Set([...pinned, ...told])].filter((one) => DIGEST.test(one)).slice(0, MOST);
}
