import { z } from "zod";
import { environmentKey } from "../github/environment-key.ts";
import { unlessGone } from "../github/faults.ts";
import { ProblemsError } from "../rules/problems.ts";
import { readSubjectFacts, type SubjectFacts } from "../rules/trust-subject-form.ts";
import { assertVisible, type GithubAccesses, type GithubRepository } from "./github-access.ts";
import { ApiInput, EnvironmentName, inputProblems, Repository } from "./input-problems.ts";
import type { Properties } from "./property-values.ts";

const Arguments = z.strictObject({
  repository: Repository,
  environments: z.array(EnvironmentName),
  api: ApiInput,
});

/** What a server says that does not know the question. */
const OLD_SERVER: SubjectFacts = { immutable: false, customised: null, prefix: null };

/**
 * What GitHub says of a repository before anything is changed: how it writes the subjects of tokens, and the id of each
 * environment's public key.
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
  const keys = await Promise.all(
    environments.map(async (environment) => {
      const found = await environmentKey(at.github, at.name, environment);
      return found === undefined ? [] : [[environment, found.keyId] as const];
    }),
  );
  return { subject: await subjectOf(at), keys: Object.fromEntries(keys.flat()) };
}

async function subjectOf(at: GithubRepository): Promise<SubjectFacts> {
  const { github, owner, name: repo } = at;
  const found = await unlessGone(
    github.octokit.request("GET /repos/{owner}/{repo}/actions/oidc/customization/sub", {
      owner,
      repo,
    }),
  );
  if (found === undefined) await assertVisible(at);
  return readSubjectFacts(found?.data) ?? OLD_SERVER;
}
