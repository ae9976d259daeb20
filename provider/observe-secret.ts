import { environmentKey } from "../github/environment-key.ts";
import { unlessGone } from "../github/faults.ts";
import { assertVisible, type GithubRepository } from "./github-access.ts";
import type { RecordedSecret } from "./secret-inputs.ts";

/**
 * When anybody last wrote a secret; undefined when it is not there.
 * @throws HiddenFromToken when the token may not see secrets there, or not even the repository
 */
export async function lastChange(
  at: GithubRepository,
  { environment, name }: Pick<RecordedSecret, "environment" | "name">,
): Promise<string | undefined> {
  const found = await unlessGone(
    at.github.octokit.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
      { owner: at.owner, repo: at.name, environment_name: environment, secret_name: name },
    ),
  );
  if (found !== undefined) return found.data.updated_at;
  // Who may see the key may see which secrets there are.
  if ((await environmentKey(at.github, at.name, environment)) === undefined) {
    await assertVisible(at);
  }
  return undefined;
}
