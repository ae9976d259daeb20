import { GithubClient } from "../../github/client.ts";
import { isLoopback } from "../../rules/loopback.ts";
import { type Problem, ProblemsError } from "../../rules/problems.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The run of a workflow that this process is in, and GitHub as that run may speak to it. */
export interface RunOnGithub {
  readonly github: GithubClient;
  /** Without its owner. */
  readonly repository: string;
  /** Page of the run. */
  readonly runUrl: string;
}

const REPOSITORY = /^(?<owner>[A-Za-z0-9-]{1,39})\/(?<name>[\w.-]{1,100})$/;

/**
 * What GitHub tells every step of a workflow, and its token, which a step is given.
 * @param rights of the token: `that may write issues`
 * @throws ProblemsError that lists every variable that is missing or wrong; a token is never in it
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables
 */
export function runOnGithub(
  environment: Environment,
  rights = "that may write issues",
): RunOnGithub {
  const problems: Problem[] = [];
  const read = (path: string, is: string, isRight: (text: string) => boolean): string => {
    const value = environment[path] ?? "";
    if (value === "") problems.push({ path, message: `missing; ${is}` });
    else if (!isRight(value)) {
      problems.push({ path, message: `${JSON.stringify(value.slice(0, 100))} is not ${is}` });
    }
    return value;
  };
  const token = read("GITHUB_TOKEN", `a token ${rights}`, () => true);
  const fullName = read("GITHUB_REPOSITORY", "OWNER/NAME", (text) => REPOSITORY.test(text));
  const baseUrl = read("GITHUB_API_URL", "an https URL, e.g. https://api.github.com", isHttps);
  const server = read("GITHUB_SERVER_URL", "an https URL, e.g. https://github.com", isHttps);
  const run = read("GITHUB_RUN_ID", "the number of a run", (text) => /^\d{1,20}$/.test(text));
  const { owner = "", name = "" } = REPOSITORY.exec(fullName)?.groups ?? {};
  if (problems.length > 0) throw new ProblemsError("environment", problems);
  return {
    github: new GithubClient({ owner, token, baseUrl }),
    repository: name,
    runUrl: `${new URL(server).origin}/${owner}/${name}/actions/runs/${run}`,
  };
}

function isHttps(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
}
