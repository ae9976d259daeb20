import { checkRunsOf } from "../../../github/check-runs.ts";
import type { GithubClient } from "../../../github/client.ts";
import { candidateCheckName } from "../../../rules/candidate-check.ts";
import { formatImageLabel } from "../../../rules/image-label.ts";
import { DIGEST } from "../../../rules/image-reference.ts";
import type { Stack } from "../../stack.ts";

/** What checks tell of an image. */
export interface ToldImage {
  /** By rules/image-label.ts. */
  readonly label: string;
  readonly family: string;
  /** That may be its candidate, the one that was told last first. */
  readonly digests: readonly string[];
}

/** Digests that are looked at for one image: any workflow of any branch may have a token that makes checks. */
const MOST = 20;

/**
 * The digests that checks of a commit tell of a stack's images, in the order of the stack's configuration. Whoever may write checks
 * chose them: only what is signed of one says what it is.
 * @param wanted labels or families; all without any
 */
export async function candidatesOfHead(
  github: GithubClient,
  stack: Stack,
  commit: string,
  wanted: readonly string[],
): Promise<readonly ToldImage[]> {
  const checks = await checkRunsOf(github, stack.configuration.repository, commit, "all");
  const newest = [...checks].sort((one, other) => other.id - one.id);
  const byName = Map.groupBy(newest, ({ name }) => name);
  return stack.families.flatMap(({ name: family, images }) =>
    images.flatMap(({ accelerator }) => {
      const label = formatImageLabel({ family, ...(accelerator !== undefined && { accelerator }) });
      const told = byName.get(candidateCheckName(label)) ?? [];
      const all = told.flatMap(({ externalId = "" }) =>
        DIGEST.test(externalId) ? externalId : [],
      );
      const digests = [...new Set(all)].slice(0, MOST);
      const isWanted = wanted.length === 0 || wanted.includes(label) || wanted.includes(family);
      return isWanted && digests.length > 0 ? [{ label, family, digests }] : [];
    }),
  );
}
