import type { GithubClient } from "../../github/client.ts";
import { environmentKey } from "../../github/environment-key.ts";
import { unlessGone } from "../../github/faults.ts";
import type { FoundItem, FoundPlace, FoundSecrets, Stray } from "../../rules/secret-inventory.ts";

/** GitHub gives at most 100 secrets or 30 variables a page. @see https://docs.github.com/en/rest/actions/variables */
const PAGE = 30;

/** One page of a list as GitHub tells it. */
interface Page {
  readonly data: {
    readonly total_count: number;
    readonly secrets?: readonly Listed[];
    readonly variables?: readonly Listed[];
  };
}
interface Listed {
  readonly name: string;
  readonly updated_at: string;
}

/**
 * Names and times of what a repository and some of its environments hold for workflows.
 * @param repository without its owner
 */
export async function findSecrets(
  github: GithubClient,
  repository: string,
  environments: readonly string[],
): Promise<FoundSecrets> {
  const [own, ...places] = await Promise.all([
    repositoryPlace(github, repository),
    ...environments.map(async (name) => {
      const key = await environmentKey(github, repository, name);
      if (key === undefined) return [];
      const place = await environmentPlace(github, repository, name);
      return [[name, { ...place, keyId: key.keyId }] as const];
    }),
  ]);
  return { repository: own, environments: Object.fromEntries(places.flat()) };
}

async function repositoryPlace(
  { octokit, owner }: GithubClient,
  repo: string,
): Promise<FoundPlace> {
  const at = { owner, repo, per_page: PAGE };
  const [secrets, variables] = await Promise.all([
    everyPage((page) =>
      octokit.request("GET /repos/{owner}/{repo}/actions/secrets", { ...at, page }),
    ),
    everyPage((page) =>
      octokit.request("GET /repos/{owner}/{repo}/actions/variables", { ...at, page }),
    ),
  ]);
  return { secrets, variables };
}

async function environmentPlace(
  { octokit, owner }: GithubClient,
  repo: string,
  environment: string,
): Promise<FoundPlace> {
  const at = { owner, repo, environment_name: environment, per_page: PAGE };
  const [secrets, variables] = await Promise.all([
    everyPage((page) =>
      octokit.request("GET /repos/{owner}/{repo}/environments/{environment_name}/secrets", {
        ...at,
        page,
      }),
    ),
    everyPage((page) =>
      octokit.request("GET /repos/{owner}/{repo}/environments/{environment_name}/variables", {
        ...at,
        page,
      }),
    ),
  ]);
  return { secrets, variables };
}

/** Values of variables are left behind: a secret may have been put there by mistake. */
async function everyPage(ask: (page: number) => Promise<Page>): Promise<readonly FoundItem[]> {
  const items: FoundItem[] = [];
  for (let page = 1; ; page++) {
    const { data } = await ask(page);
    const listed = data.secrets ?? data.variables ?? [];
    items.push(...listed.map(({ name, updated_at }) => ({ name, updatedAt: updated_at })));
    if (listed.length === 0 || items.length >= data.total_count) return items;
  }
}

/** Removes a stray from where it is; one that is gone already is as well. */
export async function removeStray(
  { octokit, owner }: GithubClient,
  repo: string,
  { kind, environment, name }: Stray,
): Promise<void> {
  await unlessGone(environment === null ? removeOfRepository() : removeOfEnvironment(environment));

  function removeOfRepository(): Promise<unknown> {
    return kind === "secret"
      ? octokit.request("DELETE /repos/{owner}/{repo}/actions/secrets/{secret_name}", {
          ...{ owner, repo },
          secret_name: name,
        })
      : octokit.request("DELETE /repos/{owner}/{repo}/actions/variables/{name}", {
          ...{ owner, repo, name },
        });
  }

  function removeOfEnvironment(environmentName: string): Promise<unknown> {
    const at = { owner, repo, environment_name: environmentName };
    return kind === "secret"
      ? octokit.request(
          "DELETE /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
          { ...at, secret_name: name },
        )
      : octokit.request(
          "DELETE /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
          { ...at, name },
        );
  }
}
