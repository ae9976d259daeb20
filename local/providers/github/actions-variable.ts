import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { GithubClient } from "../../../github/client.ts";
import { unlessGone } from "../../../github/faults.ts";
import { formatId, parseId } from "./ids.ts";
import { ActionsName } from "./names.ts";

const inputs = z.strictObject({
  repository: z.string(),
  variableName: ActionsName,
  value: z.string(),
});
const outputs = z.object({
  repositoryId: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});

function idOf({ repository, variableName }: z.output<typeof inputs>): string {
  return formatId(repository, variableName);
}

/**
 * A variable of a repository; its id is `repository:variableName`.
 * @see https://www.pulumi.com/registry/packages/github/api-docs/actionsvariable/
 * @see https://docs.github.com/en/rest/actions/variables
 */
export function actionsVariable(github: GithubClient): ResourceType {
  const { octokit, owner } = github;

  function at(id: string) {
    const [repo, name] = parseId(id, ["repository", "variableName"]);
    return { owner, repo, name };
  }

  async function read(id: string) {
    const place = at(id);
    const found = await unlessGone(
      octokit.request("GET /repos/{owner}/{repo}/actions/variables/{name}", place),
    );
    if (found === undefined) return undefined;
    return {
      repository: place.repo,
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
    replaceOn: ["repository", "variableName"],
    async create(wanted) {
      const { repository, variableName, value } = wanted;
      await octokit.request("POST /repos/{owner}/{repo}/actions/variables", {
        owner,
        repo: repository,
        name: variableName,
        value,
      });
      const id = idOf(wanted);
      return { id, outputs: await mustRead(id) };
    },
    idOf,
    read,
    async update(id, _state, { value }) {
      await octokit.request("PATCH /repos/{owner}/{repo}/actions/variables/{name}", {
        ...at(id),
        value,
      });
      return mustRead(id);
    },
    async delete(id) {
      await unlessGone(
        octokit.request("DELETE /repos/{owner}/{repo}/actions/variables/{name}", at(id)),
      );
    },
  });
}
