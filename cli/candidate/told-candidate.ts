import { checkRunsOf } from "../../github/check-runs.ts";
import type { GithubClient } from "../../github/client.ts";
import { parentsOf } from "../../github/merge-commit.ts";
import { candidateCheckName } from "../../rules/candidate-check.ts";
import { DIGEST } from "../../rules/image-reference.ts";
import type { TreeImage } from "./tree.ts";

/** The commits of a pull request. */
export interface ToldCommits {
  readonly github: GithubClient;
  /** Without its owner. */
  readonly repository: string;
  readonly head: string;
  readonly base: string;
}

/** Commits that are looked at, the newest first. */
const MOST_COMMITS = 20;
/** Digests that are told of one image; each is asked of a registry. */
const MOST_DIGESTS = 20;

/**
 * The digests that check runs of a pull request's newest commits tell of as candidates of an image's content, the newest first. Whoever
 * may write checks may have made them: only what is signed of one says what it is.
 * @throws HttpError, also where the token may not read checks
 */
export async function toldDigests(
  { github, repository, head, base }: ToldCommits,
  { label, contentName }: Pick<TreeImage, "label" | "contentName">,
): Promise<readonly string[]> {
  const name = candidateCheckName(label);
  const digests = new Set<string>();
  let commit: string | undefined = head;
  for (let seen = 0; commit !== undefined && commit !== base && seen < MOST_COMMITS; seen++) {
    // All of them: a newer check run of that name, which any workflow may make, hides none.
    const runs = await checkRunsOf(github, repository, commit, "all");
    for (const run of [...runs].sort((one, other) => other.id - one.id)) {
      if (run.name !== name || run.title !== contentName) continue;
      if (DIGEST.test(run.externalId ?? "")) digests.add(run.externalId ?? "");
    }
    commit = (await parentsOf(github, repository, commit))?.[0];
  }
  return [...digests].slice(0, MOST_DIGESTS);
}
