import { GithubClient } from "../../../github/client.ts";
import type { Configuration } from "../../../rules/configuration.ts";
import { isLoopback } from "../../../rules/loopback.ts";
import { UserError } from "../../../rules/problems.ts";
import { githubOf } from "../../github-access.ts";

/** What the token of who moves pins must be able to do, as GitHub names permissions. */
export const RIGHTS =
  "to write Contents and Pull requests, to write Workflows where a workflow has pins, and to read Checks";

/**
 * GitHub as who proposes speaks to it: in a job with the job's own token and address, elsewhere as the stack knows it.
 * @param rights what the token must be able to do, as GitHub names permissions
 * @throws UserError without a token
 */
export async function pinsGithub(
  configuration: Pick<Configuration, "owner" | "local">,
  rights = RIGHTS,
): Promise<GithubClient> {
  const { GITHUB_ACTIONS, GITHUB_TOKEN = "", GITHUB_API_URL = "" } = process.env;
  if (GITHUB_ACTIONS !== "true") {
    return githubOf(configuration, "what is proposed", `; it needs ${rights}`);
  }
  const url = URL.canParse(GITHUB_API_URL) ? new URL(GITHUB_API_URL) : undefined;
  const isSafe = url?.protocol === "https:" || (url !== undefined && isLoopback(url.hostname));
  const problems = [
    ...(GITHUB_TOKEN === ""
      ? [
          `GITHUB_TOKEN is not set; it needs ${rights}: that of a GitHub App, since what a job's own token pushes starts no job`,
        ]
      : []),
    ...(isSafe
      ? []
      : [
          `GITHUB_API_URL: ${JSON.stringify(GITHUB_API_URL)} is no https URL; write e.g. https://api.github.com`,
        ]),
  ];
  if (problems.length > 0) throw new UserError(problems.join("\n"));
  return new GithubClient({
    ...{ owner: configuration.owner, token: GITHUB_TOKEN, baseUrl: GITHUB_API_URL },
  });
}

/** Where people see a repository: `https://github.com/ROCm/TheRock`. */
export function pageOf({ endpoint, owner }: GithubClient, repository: string): string {
  const url = new URL(endpoint);
  const isGithub = url.hostname === "api.github.com";
  return `${isGithub ? "https://github.com" : url.origin}/${owner}/${repository}`;
}
