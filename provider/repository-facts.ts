import { z } from "zod";
import { environmentKey } from "../github/environment-key.ts";
import { subjectFacts } from "../github/subject-facts.ts";
import { ProblemsError } from "../rules/problems.ts";
import { assertVisible, type GithubAccesses } from "./github-access.ts";
import { ApiInput, EnvironmentName, inputProblems, Repository } from "./input-problems.ts";
import type { Properties } from "./property-values.ts";

const Arguments = z.strictObject({
  repository: Repository,
  environments: z.array(EnvironmentName),
  api: ApiInput,
});

/**
 * What GitHub says of a repository before anything is changed: how it writes the subjects of tokens, the numbers of the
 * repository and its owner, and the id of each environment's public key.
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
  const keys = await Promise.all(
    environments.map(async (environment) => {
      const found = await environmentKey(at.github, at.name, environment);
      return found === undefined ? [] : [[environment, found.keyId] as const];
    }),
  );
  const [subject, numbers] = await Promise.all([
    subjectFacts(at.github, at.name),
    at.github.repositoryNumbers(at.name),
  ]);
  return { subject, numbers, keys: Object.fromEntries(keys.flat()) };
}
