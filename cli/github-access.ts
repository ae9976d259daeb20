import { GithubClient } from "../github/client.ts";
import { type AskedBy, explainGithubFault, isHttpError } from "../github/faults.ts";
import type { Configuration } from "../rules/configuration.ts";
import { isLoopback } from "../rules/loopback.ts";
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
    const message = explainGithubFault(error, askedBy(error));
    if (message === undefined) throw error;
    // GitHub says "not found" of what a token may not see.
    const refused = isHttpError(error) && [403, 404].includes(error.status);
    const advice = refused ? `; the token needs ${rights} of the repository` : "";
    throw new UserError(`${message}${advice}`, { cause: error });
  }
}

/** Commands take an address of GitHub from the environment, or from the local cloud; and a token from where the address is. */
function askedBy(error: unknown): AskedBy {
  const { origin, hostname } = new URL(isHttpError(error) ? error.request.url : GITHUB_API);
  const { GITHUB_API_URL = "" } = process.env;
  // A workflow's run has github.com's own address there, which nobody chose.
  const byApiUrl =
    origin !== new URL(GITHUB_API).origin &&
    URL.canParse(GITHUB_API_URL) &&
    new URL(GITHUB_API_URL).origin === origin;
  const isLocalCloud = isLoopback(hostname) && !byApiUrl;
  const otherToken = isLocalCloud
    ? "it is the local cloud's own; start that anew: npm run local:up"
    : "set GITHUB_TOKEN to another one";
  return { byApiUrl, otherToken };
}
