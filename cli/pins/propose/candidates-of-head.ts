import { checkRunsOf } from "../../../github/check-runs.ts";
import type { GithubClient } from "../../../github/client.ts";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { formatImageLabel } from "../../../rules/image-label.ts";
import { DIGEST } from "../../../rules/image-reference.ts";
import type { CandidateToPin } from "../../../rules/pins/candidates-comment.ts";
import { candidatePlaces } from "../../candidate/candidate-image.ts";
import type { Stack } from "../../stack.ts";

/** The app of workflows: others may call their checks as they like. */
const ACTIONS = "github-actions";

/**
 * The candidates that checks of a commit tell, of a stack's images, in the order of the stack's configuration.
 * @param wanted labels or families; all without any
 */
export async function candidatesOfHead(
  github: GithubClient,
  stack: Stack,
  commit: string,
  wanted: readonly string[],
): Promise<readonly CandidateToPin[]> {
  const checks = await checkRunsOf(github, stack.configuration.repository, commit);
  const digests = new Map(
    checks.flatMap(({ name, app, conclusion, externalId = "" }) =>
      app?.slug === ACTIONS && conclusion === "success" && DIGEST.test(externalId)
        ? [[name, externalId] as const]
        : [],
    ),
  );
  return stack.families.flatMap(({ name: family, images }) => {
    const [place] = candidatePlaces(stack, family);
    if (place === undefined) return [];
    return images.flatMap(({ accelerator }) => {
      const label = formatImageLabel({ family, ...(accelerator !== undefined && { accelerator }) });
      const digest = digests.get(candidateCheckName(label));
      const isWanted = wanted.length === 0 || wanted.includes(label) || wanted.includes(family);
      if (digest === undefined || !isWanted) return [];
      return [{ image: label, reference: `${place.repository}@${digest}` }];
    });
  });
}
