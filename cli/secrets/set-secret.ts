import type { GithubClient } from "../../github/client.ts";
import { environmentKey, type PublicKey } from "../../github/environment-key.ts";
import { unlessGone } from "../../github/faults.ts";
import { seal } from "../../github/seal.ts";
import { NAMESPACE } from "../../rules/configuration.ts";
import { explaining, githubOf } from "../github-access.ts";
import { stackConfiguration } from "../stack-configuration.ts";
import { writeEntries } from "../stack-file.ts";
import { readSecretValue } from "./secret-value.ts";
import { type SecretChoice, secretToSet } from "./secret-to-set.ts";

export interface SetSecretOptions extends SecretChoice {
  /** Name of the environment variable that holds the value. */
  readonly fromEnv?: string;
}

const RIGHTS =
  "to read Environments and Actions, and to write Administration where the environment is not there yet,";

/**
 * Seals the value of a declared secret for its environment and puts the sealed form into the stack's file.
 * @throws UserError that tells nothing of the value
 */
export async function setSecret(options: SetSecretOptions): Promise<number> {
  const { stack } = options;
  const { configuration } = await stackConfiguration(stack);
  const { environment, name } = secretToSet(configuration, options);
  const github = await githubOf(configuration, "secrets");
  const { repository } = configuration;
  const say = (line: string) => console.error(line);
  // Asked first, because it may be refused, and the value would have to be typed again.
  const there = await explaining(RIGHTS, () => environmentKey(github, repository, environment));
  const value = await readSecretValue(options.fromEnv);
  const key =
    there ?? (await explaining(RIGHTS, () => keyOfNew(github, repository, environment, say)));
  const sealed = {
    keyId: key.keyId,
    value: await seal(value, key.key),
    sealedOn: new Date().toISOString().slice(0, 10),
  };
  const path = [`${NAMESPACE}sealedSecrets`, environment, name] as const;
  await writeEntries(stack, [{ path, value: sealed }], say);
  console.log(
    `Pulumi.${stack}.yaml: ${name} is sealed for environment ${environment}; only GitHub can open it`,
  );
  console.log(`Next: slipway up --stack ${stack}`);
  return 0;
}

/** Makes an environment that no job may enter, and gives its key; `up` finds it and lets in what the stack declares. */
async function keyOfNew(
  github: GithubClient,
  repository: string,
  environment: string,
  say: (line: string) => void,
): Promise<PublicKey> {
  const { octokit, owner } = github;
  const at = { owner, repo: repository, environment_name: environment };
  const there = await unlessGone(
    octokit.request("GET /repos/{owner}/{repo}/environments/{environment_name}", at),
  );
  if (there === undefined) {
    await octokit.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", {
      ...at,
      // A mode without a policy yet: it admits nothing.
      can_admins_bypass: false,
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    });
    say(`environment ${environment} was not there: made it, closed to every branch and tag`);
  }
  const { data } = await octokit.request(
    "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key",
    at,
  );
  return { keyId: data.key_id, key: data.key };
}
