import { actionsEnvironmentVariable } from "./github/actions-environment-variable.ts";
import { actionsVariable } from "./github/actions-variable.ts";
import { GithubClient } from "../../github/client.ts";
import { GithubConfig } from "./github/config.ts";
import { explainGithubFault } from "../../github/faults.ts";
import { repositoryRuleset } from "./github/repository-ruleset.ts";
import { team } from "./github/team.ts";
import { providerConfig } from "./provider-config.ts";
import { resourceProvider, type LocalProvider } from "./resource-provider.ts";

/**
 * The part of the `github` provider that the stack uses, over GitHub's REST interface.
 *
 * Another repository is always a replacement; the real provider asks GitHub first whether it was only renamed.
 * @param config the inputs of a `github.Provider`: owner, token, baseUrl
 * @throws {ProblemsError} when the configuration lacks something or holds something that is not implemented
 * @see https://www.pulumi.com/registry/packages/github/
 */
export function githubProvider(config: Record<string, unknown>): LocalProvider {
  const github = new GithubClient(providerConfig("github", GithubConfig, config));
  return resourceProvider({
    name: "github",
    resources: {
      "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable":
        actionsEnvironmentVariable(github),
      "github:index/actionsVariable:ActionsVariable": actionsVariable(github),
      "github:index/repositoryRuleset:RepositoryRuleset": repositoryRuleset(github),
    },
    functions: { "github:index/getTeam:getTeam": team(github) },
    explain: explainGithubFault,
  });
}
