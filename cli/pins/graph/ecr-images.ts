import {
  KEEP_PINNED_CANDIDATES,
  KEEP_PINNED_CONTENT,
  lifecyclePolicy,
} from "../../../rules/lifecycle.ts";
import { simulateLifecycle } from "../../../rules/lifecycle-simulation.ts";
import type { EcrImages, KeepSources } from "../../../rules/pins/graph.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Stack } from "../../stack.ts";

/** A repository that ECR carries. */
export interface EcrRepository {
  readonly path: string;
  readonly candidate: boolean;
}

/** How far ahead ECR's policy is followed, in milliseconds. */
const AHEAD = 365 * 86_400_000;

/** What ECR has in repositories and what it will delete of it, by path; of one that cannot be asked, why. */
export async function ecrImages(
  stack: Stack,
  repositories: readonly EcrRepository[],
  say: (line: string) => void,
): Promise<KeepSources["ecr"]> {
  const found = new Map<string, EcrImages | { readonly unasked: string }>();
  if (repositories.length === 0) return found;
  const { ecrListing, ecrOf } = await import("../../retention/ecr-listing.ts");
  const ecr = ecrOf(stack);
  for (const { path, candidate } of repositories) {
    const policy = lifecyclePolicy(candidate ? KEEP_PINNED_CANDIDATES : KEEP_PINNED_CONTENT);
    try {
      const { images } = await ecrListing(ecr, stack.configuration.awsAccountId, path, say);
      found.set(path, { images, removals: simulateLifecycle(policy, images, Date.now() + AHEAD) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      found.set(path, withoutAnswer(error));
    }
  }
  ecr.destroy();
  return found;
}

/** A repository that ECR does not have has no images; a stack that never had a candidate may have none for them. */
function withoutAnswer(error: UserError): EcrImages | { readonly unasked: string } {
  const { cause } = error;
  if (!(cause instanceof Error)) return { unasked: error.message };
  if (cause.name === "RepositoryNotFoundException") return { images: [], removals: new Map() };
  return { unasked: `${cause.name}: ${cause.message}` };
}
