import { UserError } from "../rules/problems.ts";
import { readSubjectFacts, type SubjectFacts } from "../rules/trust-subject-form.ts";
import type { GithubClient } from "./client.ts";
import { unlessGone } from "./faults.ts";

/** What a server writes that does not know the question. */
const OLD_SERVER: SubjectFacts = { immutable: false, customised: null, prefix: null };

/**
 * Asks how the subjects of a repository's tokens are written. GitHub itself answers 404 to a token that may not know; a
 * GitHub Enterprise server may be older than the question, and then writes names.
 * @param repository without its owner
 * @throws UserError where GitHub does not tell this token, and for an answer that says nothing
 * @see https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository
 */
export async function subjectFacts(
  { octokit, owner, endpoint }: GithubClient,
  repository: string,
): Promise<SubjectFacts> {
  const found = await unlessGone(
    octokit.request("GET /repos/{owner}/{repo}/actions/oidc/customization/sub", {
      owner,
      repo: repository,
    }),
  );
  const path = `repos/${owner}/${repository}/actions/oidc/customization/sub`;
  if (found === undefined) {
    if (new URL(endpoint).hostname !== "api.github.com") return OLD_SERVER;
    throw new UserError(
      `${owner}/${repository}: GitHub does not tell this token how it writes the subjects of its tokens (GET /${path}: HTTP 404); the token needs to read Actions of the repository (a classic one: the scope repo)`,
    );
  }
  const facts = readSubjectFacts(found.data);
  if (facts !== undefined) return facts;
  throw new UserError(
    `${endpoint}: what it answers to GET /${path} says nothing of use_default; look there by hand: gh api ${path}`,
  );
}
