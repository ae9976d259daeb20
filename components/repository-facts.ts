import * as pulumi from "@pulumi/pulumi";
import type { RepositoryFacts } from "../rules/preflight.ts";
import { type GithubApiArgs, secretApi } from "./github-environment.ts";

/** What to ask GitHub about. */
export interface RepositoryFactsArgs {
  /** `owner/name` */
  readonly repository: string;
  /** Names of environments, there or not. */
  readonly environments: readonly string[];
  readonly api: GithubApiArgs;
}

/**
 * What GitHub says of a repository and its environments: how it writes the subjects of tokens, and the ids of the public
 * keys that secrets are sealed for.
 * @returns undefined in a plan, which asks nobody, and while the token is unknown
 */
export async function repositoryFacts(
  { repository, environments, api }: RepositoryFactsArgs,
  opts: pulumi.InvokeOptions = {},
): Promise<RepositoryFacts | undefined> {
  const facts = (await pulumi.runtime.invoke(
    "slipway:index:getRepositoryFacts",
    { repository, environments: [...environments], api: secretApi(api) },
    opts,
  )) as RepositoryFacts | Record<string, never>;
  return isKnown(facts) ? facts : undefined;
}

/** Pulumi answers nothing where something is unknown. */
function isKnown(facts: RepositoryFacts | Record<string, never>): facts is RepositoryFacts {
  return "subject" in facts;
}
