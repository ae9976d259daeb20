import { GithubClient } from "../github/client.ts";
import { explainGithubFault, isHttpError } from "../github/faults.ts";
import type { Configuration } from "../rules/configuration.ts";
import { UserError } from "../rules/problems.ts";
import { readLocalCloud } from "./local-cloud.ts";

const GITHUB_API = "https://api.github.com/";

/**
 * GitHub as a stack knows it: the emulator of the local cloud with its token, else github.com with `GITHUB_TOKEN`.
 * @param subject what GitHub tells to nobody without a token: `secrets`
 * @param otherwise what to do without a token, behind what to set
 * @throws UserError without a token, or when the local cloud does not run
 */
export async function githubOf(
  { owner, local }: Pick<Configuration, "owner" | "local">,
  subject: string,
  otherwise = "",
): Promise<GithubClient> {
  if (local) {
    const { github } = await readLocalCloud();
    return new GithubClient({ owner, token: github.token, baseUrl: github.endpoint });
  }
  const token = process.env["GITHUB_TOKEN"] ?? "";
  if (token === "") {
    throw new UserError(
      `GITHUB_TOKEN is not set, and GitHub tells of ${subject} to nobody without a token; set it, e.g. GITHUB_TOKEN=$(gh auth token)${otherwise}`,
    );
  }
  return new GithubClient({ owner, token, baseUrl: GITHUB_API });
}

/**
 * Does what asks GitHub, and says in a user's words what went wrong.
 * @param rights what the token needs, as GitHub names permissions
 */
export async function explaining<T>(rights: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = explainGithubFault(error);
    if (message === undefined) throw error;
    // GitHub says "not found" of what a token may not see.
    const refused = isHttpError(error) && [403, 404].includes(error.status);
    const advice = refused ? `; the token needs ${rights} of the repository` : "";
    throw new UserError(`${message}${advice}`, { cause: error });
  }
}
