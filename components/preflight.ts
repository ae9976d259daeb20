import * as pulumi from "@pulumi/pulumi";
import { preflightProblems } from "../rules/preflight.ts";
import { ProblemsError } from "../rules/problems.ts";
import type { Settings } from "../settings.ts";
import { repositoryFacts } from "./repository-facts.ts";

/**
 * Asks GitHub what a stack would stumble over with half of it applied, before any of it is declared, and warns in an
 * update of secrets that have no value yet. A plan asks nobody; a stack that owns images only has nothing to ask about.
 * @throws ProblemsError naming everything that does not fit
 */
export async function preflight(
  settings: Pick<Settings, "stack" | "repository" | "aws" | "github" | "environments" | "secrets">,
): Promise<void> {
  const { stack, repository, aws, github, environments, secrets } = settings;
  if (github === undefined) return;
  const facts = await repositoryFacts({
    repository: `${repository.owner}/${repository.name}`,
    environments: environments.map(({ name }) => name),
    api: github,
  });
  const problems =
    facts === undefined
      ? []
      : preflightProblems(facts, {
          name: stack,
          trusted: aws && repository,
          sealed: secrets.flatMap(({ secret: { environment, name }, given }) =>
            given !== undefined && "sealed" in given
              ? { environment, name, keyId: given.sealed.keyId }
              : [],
          ),
          unsealed: secrets.flatMap(({ secret, given }) => (given === undefined ? secret : [])),
        });
  if (problems.length > 0) throw new ProblemsError(`Pulumi.${stack}.yaml`, problems);
  for (const { secret, given } of pulumi.runtime.isDryRun() ? [] : secrets) {
    if (given !== undefined) continue;
    const { environment, name } = secret;
    await pulumi.log.warn(
      `secret ${environment}.${name} has no value yet; seal one: slipway secrets set ${name} --environment ${environment} --stack ${stack}`,
    );
  }
}
