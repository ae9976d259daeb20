import { z } from "zod";
import { environmentKey } from "../github/environment-key.ts";
import { subjectFacts } from "../github/subject-facts.ts";
import { ProblemsError } from "../rules/problems.ts";
import { assertVisible, type GithubAccesses, type GithubRepository } from "./github-access.ts";
import { ApiInput, EnvironmentName, inputProblems, Repository } from "./input-problems.ts";
import type { Properties } from "./property-values.ts";

const Arguments = z.strictObject({
  repository: Repository,
  environments: z.array(EnvironmentName),
  api: ApiInput,
});

/**
 * What GitHub says of a repository before anything is changed: how it writes the subjects of tokens, the numbers of the
 * repository and its owner, the id of each environment's public key, and the names of
 * its secrets.
 * @throws UserError
 */
export async function getRepositoryFacts(
  accesses: GithubAccesses,
  args: Properties,
): Promise<Properties> {
  const problems = inputProblems(Arguments, args);
  if (problems.length > 0) throw new ProblemsError("arguments", problems);
  const { environments, ...access } = Arguments.parse(args);
  accesses.note(access);
  const at = accesses.wanted(access);
  // Of a hidden repository, everything is not found.
  await assertVisible(at);
  const found = await Promise.all(
    environments.map(async (environment) => {
      const key = await environmentKey(at.github, at.name, environment);
      if (key === undefined) return [];
      return [{ environment, keyId: key.keyId, secrets: await secretsIn(at, environment) }];
    }),
  );
  const [subject, numbers] = await Promise.all([
    subjectFacts(at.github, at.name),
    at.github.repositoryNumbers(at.name),
  ]);
  return {
    subject,
    numbers,
    keys: Object.fromEntries(found.flat().map(({ environment, keyId }) => [environment, keyId])),
    secrets: Object.fromEntries(
      found.flat().map(({ environment, secrets }) => [environment, secrets]),
    ),
  };
}

/** Names of an environment's secrets; GitHub keeps a hundred at most, which is a page. */
async function secretsIn(at: GithubRepository, environment: string): Promise<readonly string[]> {
  const { data } = await at.github.octokit.request(
    "GET /repos/{owner}/{repo}/environments/{environment_name}/secrets",
    { owner: at.owner, repo: at.name, environment_name: environment, per_page: 100 },
  );
  return data.secrets.map(({ name }) => name);
}
