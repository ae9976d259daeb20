import type { GithubClient } from "./client.ts";
import { unlessGone } from "./faults.ts";

/** The key that secrets of one environment are sealed for; a new one of the same name has another. */
export interface PublicKey {
  readonly keyId: string;
  /** base64 */
  readonly key: string;
}

/**
 * Asks for the public key of an environment; undefined when there is no such environment.
 * @param repository without its owner
 * @see https://docs.github.com/en/rest/actions/secrets#get-an-environment-public-key
 */
export async function environmentKey(
  { octokit, owner }: GithubClient,
  repository: string,
  environment: string,
): Promise<PublicKey | undefined> {
  const found = await unlessGone(
    octokit.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      { owner, repo: repository, environment_name: environment },
    ),
  );
  return found && { keyId: found.data.key_id, key: found.data.key };
}
