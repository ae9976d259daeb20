import { checkRunsOf } from "../../github/check-runs.ts";
import type { GithubClient } from "../../github/client.ts";
import { isHttpError } from "../../github/faults.ts";
import { parentsOf } from "../../github/merge-commit.ts";
import { candidateCheckName } from "../../rules/candidate-check.ts";
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

/**
 * Which of some digests a check run of a pull request's newest commits tells of as a candidate of an image's content. Whoever may
 * write checks may have made it, so that it only keeps a job from building the same again: nothing is published for it.
 */
export async function toldCandidate(
  { github, repository, head, base }: ToldCommits,
  { label, contentName }: Pick<TreeImage, "label" | "contentName">,
  digests: readonly string[],
): Promise<string | undefined> {
  if (digests.length === 0) return undefined;
  const name = candidateCheckName(label);
  let commit: string | undefined = head;
  for (let seen = 0; commit !== undefined && commit !== base && seen < MOST_COMMITS; seen++) {
    const runs = await readableChecks(github, repository, commit);
    const found = runs.find(
      (run) =>
        run.name === name && run.title === contentName && digests.includes(run.externalId ?? ""),
    );
    if (found !== undefined) return found.externalId;
    commit = (await parentsOf(github, repository, commit))?.[0];
  }
  return undefined;
}

async function readableChecks(github: GithubClient, repository: string, commit: string) {
  try {
    return await checkRunsOf(github, repository, commit);
  } catch (error) {
    // A token that may not read them tells of none.
    if (isHttpError(error) && [403, 404].includes(error.status)) return [];
    throw error;
  }
}
