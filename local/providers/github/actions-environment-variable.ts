import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { GithubClient } from "../../../github/client.ts";
import { unlessGone } from "../../../github/faults.ts";
import { formatId, parseId } from "./ids.ts";
import { ActionsName } from "./names.ts";

const inputs = z.strictObject({
  repository: z.string(),
  environment: z.string(),
  variableName: ActionsName,
  value: z.string(),
});
const outputs = z.object({
  repositoryId: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

function idOf({ repository, environment, variableName }: z.output<typeof inputs>): string {
  return formatId(repository, environment, variableName);
}

/**
 * A variable of an environment; its id is `repository:environment:variableName`.
 * @see https://www.pulumi.com/registry/packages/github/api-docs/actionsenvironmentvariable/
 * @see https://docs.github.com/en/rest/actions/variables
 */
export function actionsEnvironmentVariable(github: GithubClient): ResourceType {
  const { octokit, owner } = github;

  function at(id: string) {
    const [repo, environment, name] = parseId(id, ["repository", "environment", "variableName"]);
    return { owner, repo, environment_name: environment, name };
  }

  async function read(id: string) {
    const place = at(id);
    const found = await unlessGone(
      octokit.request(
        "GET /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
        place,
      ),
    );
    if (found === undefined) return undefined;
    return {
      repository: place.repo,
      environment: place.environment_name,
      variableName: place.name,
      value: found.data.value,
      repositoryId: await github.repositoryId(place.repo),
      createdAt: found.data.created_at,
      updatedAt: found.data.updated_at,
    };
  }

  async function mustRead(id: string) {
    const state = await read(id);
    if (state === undefined) throw new Error(`variable ${id} is gone right after a change`);
    return outputs.parse(state);
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["repositoryId", "createdAt"],
    replaceOn: ["repository", "environment", "variableName"],
    async create(wanted) {
      const { repository, environment, variableName, value } = wanted;
      await octokit.request(
        "POST /repos/{owner}/{repo}/environments/{environment_name}/variables",
        { owner, repo: repository, environment_name: environment, name: variableName, value },
      );
      const id = idOf(wanted);
      return { id, outputs: await mustRead(id) };
    },
    idOf,
    read,
    async update(id, _state, { value }) {
      await octokit.request(
        "PATCH /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
        { ...at(id), value },
      );
      return mustRead(id);
    },
    async delete(id) {
      await unlessGone(
        octokit.request(
          "DELETE /repos/{owner}/{repo}/environments/{environment_name}/variables/{name}",
          at(id),
        ),
      );
    },
  });
}
