import { UserError } from "../../../rules/problems.ts";
import type { RepositoryNumbers } from "../../../rules/trust-subject-form.ts";
import { explaining, githubOf } from "../../github-access.ts";
import type { Stack } from "../../stack.ts";
import { mergedPullRequest, type MergedPullRequest } from "./merged-pull-request.ts";

type Configured = Pick<Stack, "name" | "configuration">;

/** What GitHub tells of a merged commit. */
export interface Asked {
  readonly pullRequest?: MergedPullRequest | undefined;
  /** Of the stack's repository and its owner, which provenance is held against. */
  readonly numbers?: RepositoryNumbers;
  /** Why GitHub told nothing. */
  readonly fault?: string;
  /** Why what it told is of no use. */
  readonly mismatch?: string;
}

/**
 * The pull request that a commit came in by, and the numbers that its candidates' certificates must have.
 * @throws UserError without a token
 */
export async function mergedBy(stack: Configured, commit: string): Promise<Asked> {
  const { configuration } = stack;
  const { repository } = configuration;
  const github = await githubOf(configuration, "pull requests and checks");
  try {
    return await explaining("pull-requests: read, checks: read and statuses: read", async () => {
      const numbers = await github.repositoryNumbers(repository);
      const mismatch = numbersProblem(stack, numbers);
      if (mismatch !== undefined) return { mismatch };
      const { repositoryId } = numbers;
      const ownRun = process.env["GITHUB_RUN_ID"];
      const place = { repository, repositoryId };
      // The emulator of GitHub lists nothing late.
      const pause = configuration.local ? () => Promise.resolve() : undefined;
      const pullRequest = await mergedPullRequest(github, place, commit, { ownRun, pause });
      return { numbers, pullRequest };
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { fault: error.message };
  }
}

/** Why the numbers are not the configured ones; a stack may leave them out. */
export function numbersProblem(stack: Configured, found: RepositoryNumbers): string | undefined {
  const { repositoryId, ownerId } = stack.configuration;
  const isAs = (own: number, one: number): boolean => own === 0 || own === one;
  if (isAs(repositoryId, found.repositoryId) && isAs(ownerId, found.ownerId)) return undefined;
  return `${fullName(stack)} has the numbers ${found.repositoryId} and, of its owner, ${found.ownerId} on GitHub, and stack ${stack.name} has ${repositoryId} and ${ownerId}: see slipway:repositoryId and slipway:ownerId`;
}

/** `OWNER/NAME` */
export function fullName({ configuration }: Pick<Configured, "configuration">): string {
  return `${configuration.owner}/${configuration.repository}`;
}
