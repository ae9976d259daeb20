import { z } from "zod";
import { seal } from "../../../github/seal.ts";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { GithubClient } from "../../../github/client.ts";
import { unlessGone } from "../../../github/faults.ts";
import { formatId, parseId } from "./ids.ts";
import { ActionsName } from "./names.ts";

const inputs = z.strictObject({
  repository: z.string(),
  environment: z.string(),
  secretName: ActionsName,
  value: z.string(),
});
const outputs = z.object({
  repositoryId: z.number(),
  /** Which of the environment's public keys sealed the value. */
  keyId: z.string(),
  createdAt: z.string(),
  /** When we last wrote the secret, as GitHub told it then. */
  updatedAt: z.string(),
  /** When anyone last wrote it: later than `updatedAt` means that someone else did. */
  remoteUpdatedAt: z.string(),
});

function idOf({ repository, environment, secretName }: z.output<typeof inputs>): string {
  return formatId(repository, environment, secretName);
}

/**
 * A secret of an environment; its id is `repository:environment:secretName`. GitHub never gives a value back, so a change
 * by someone else shows in the time of its last change alone, to the second.
 * @see https://www.pulumi.com/registry/packages/github/api-docs/actionsenvironmentsecret/
 * @see https://docs.github.com/en/rest/guides/encrypting-secrets-for-the-rest-api
 */
export function actionsEnvironmentSecret(github: GithubClient): ResourceType {
  const { octokit, owner } = github;

  async function put({ repository, environment, secretName, value }: z.output<typeof inputs>) {
    const place = { owner, repo: repository, environment_name: environment };
    const { data: publicKey } = await octokit.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
      place,
    );
    await octokit.request(
      "PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
      {
        ...place,
        secret_name: secretName,
        key_id: publicKey.key_id,
        encrypted_value: await seal(value, publicKey.key),
      },
    );
    const { data: written } = await octokit.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
      { ...place, secret_name: secretName },
    );
    return {
      repositoryId: await github.repositoryId(repository),
      keyId: publicKey.key_id,
      createdAt: written.created_at,
      updatedAt: written.updated_at,
      remoteUpdatedAt: written.updated_at,
    };
  }

  function at(id: string) {
    const [repo, environment, secretName] = parseId(id, [
      "repository",
      "environment",
      "secretName",
    ]);
    return { owner, repo, environment_name: environment, secret_name: secretName };
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["repositoryId", "createdAt"],
    replaceOn: ["repository", "environment", "secretName"],
    async drifted({ updatedAt, remoteUpdatedAt }) {
      return updatedAt === remoteUpdatedAt ? [] : ["remoteUpdatedAt"];
    },
    async create(wanted) {
      return { id: idOf(wanted), outputs: await put(wanted) };
    },
    idOf,
    async read(id, known) {
      const place = at(id);
      const found = await unlessGone(
        octokit.request(
          "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
          place,
        ),
      );
      if (found === undefined) return undefined;
      const { created_at: createdAt, updated_at: remoteUpdatedAt } = found.data;
      return {
        repository: place.repo,
        environment: place.environment_name,
        secretName: place.secret_name,
        value: known.value ?? "",
        repositoryId: await github.repositoryId(place.repo),
        keyId: known.keyId ?? "",
        createdAt,
        updatedAt: known.updatedAt ?? remoteUpdatedAt,
        remoteUpdatedAt,
      };
    },
    update: (_id, _state, wanted) => put(wanted),
    async delete(id) {
      await unlessGone(
        octokit.request(
          "DELETE /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}",
          at(id),
        ),
      );
    },
  });
}
