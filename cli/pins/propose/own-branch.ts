import type { GithubClient } from "../../../github/client.ts";
import { isHttpError } from "../../../github/faults.ts";
import { moveBranch } from "../../../github/git-data.ts";
import { rateLimitWait } from "../../../github/rate-limit.ts";
import type { Scheme } from "../../../rules/names.ts";
import { UserError } from "../../../rules/problems.ts";
import { publication } from "../../../rules/refs.ts";

/** What publishes in a repository. */
export interface PublishingRules {
  /** `owner/name` */
  readonly home: string;
  /** Of the stack. */
  readonly channel: string;
  /** Of the families of the checkout. */
  readonly schemes: Iterable<Scheme>;
}

/** Why a push to a branch publishes images; undefined when it does not. */
export function publishes(
  branch: string,
  { home, channel, schemes }: PublishingRules,
): string | undefined {
  if (branch === channel) return "it is the channel of the stack";
  const run = {
    event: "push",
    ref: `refs/heads/${branch}`,
    repository: home,
    headRepository: home,
  };
  for (const scheme of new Set(schemes)) {
    const { publish, reason } = publication(scheme, run, home);
    if (publish) return reason;
  }
  return undefined;
}

/**
 * Moves a branch as far as the repository's rules let the token. Returns whether it did, as `moveBranch` says it.
 * @param instead what to do where they do not, as a sentence's beginning: `Run this: ...`
 * @throws UserError with the rule, in GitHub's words
 */
export async function moveRuledBranch(
  github: GithubClient,
  repository: string,
  branch: string,
  to: { readonly sha: string; readonly force: boolean },
  instead: string,
): Promise<boolean> {
  try {
    return await moveBranch(github, { owner: github.owner, repo: repository }, branch, to);
  } catch (error) {
    const isRule =
      isHttpError(error) &&
      [403, 409, 422].includes(error.status) &&
      rateLimitWait(error) === undefined;
    if (!isRule) throw error;
    const words = error.message.replace(/ - https:\/\/docs\.github\.com\S*$/, "").trim();
    const said = words.replaceAll(/\s+/g, " ").replace(/\.$/, "");
    throw new UserError(
      `a rule of ${github.owner}/${repository} keeps the token from writing branch ${branch}: ${said}. Let the App past that rule (Settings, Rules, Rulesets, Bypass list), or take the branch out of it. ${instead}`,
      { cause: error },
    );
  }
}
