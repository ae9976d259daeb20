import type { GithubClient } from "./client.ts";
import { HiddenFromToken, unlessGone } from "./faults.ts";

/** The key that secrets of one environment are sealed for; a new one of the same name has another. */
export interface PublicKey {
  readonly keyId: string;
  /** base64 */
  readonly key: string;
}

/**
 * Asks for the public key of an environment; undefined when there is no such environment, or the repository is hidden.
 * Everybody may look at the environments of a public repository, and GitHub answers 404 to a token that may not see the key.
 * @param repository without its owner
 * @throws HiddenFromToken where the environment is there
 * @see https://docs.github.com/en/rest/actions/secrets#get-an-environment-public-key
 */
export async function environmentKey(
  { octokit, owner }: GithubClient,
  repository: string,
  environment: string,
): Promise<PublicKey | undefined> {
  const place = { owner, repo: repository, environment_name: environment };
  const found = await unlessGone(
    octokit.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      place,
    ),
  );
  if (found !== undefined) return { keyId: found.data.key_id, key: found.data.key };
  const there = await unlessGone(
    octokit.request("GET /repos/{owner}/{repo}/environments/{environment_name}", place),
  );
  if (there === undefined) return undefined;
  throw new HiddenFromToken(
    `${owner}/${repository}: environment ${environment} is there, and its public key is hidden from the token; the token needs to read Environments of the repository (a classic one: the scope repo)`,
  );
}
