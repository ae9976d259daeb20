import type { GithubClient } from "./client.ts";

/**
 * Whether GitHub tells the client's token who goes past the rulesets of a repository: it leaves the field out for whoever may
 * not write them. True also where there is no ruleset.
 * @see https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset
 */
export async function tellsBypassActors(
  { octokit, owner }: GithubClient,
  repository: string,
): Promise<boolean> {
  const place = { owner, repo: repository };
  const { data } = await octokit.request("GET /repos/{owner}/{repo}/rulesets", {
    ...{ ...place, includes_parents: false, per_page: 1 },
  });
  const [first] = data;
  if (first === undefined) return true;
  const found = await octokit.request("GET /repos/{owner}/{repo}/rulesets/{ruleset_id}", {
    ...{ ...place, ruleset_id: first.id, includes_parents: false },
  });
  return found.data.bypass_actors !== undefined;
}
