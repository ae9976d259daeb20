import { GithubClient } from "../../github/client.ts";
import { isLoopback } from "../../rules/loopback.ts";
import { UserError } from "../../rules/problems.ts";
import { explaining } from "../github-access.ts";
import { commentOnPullRequest, type CommentResult } from "./comment.ts";
import { forLog } from "../print/for-log.ts";

export interface CommentOptions {
  readonly run: number;
  readonly json: boolean;
}

/** What the token must be able to do, as GitHub names permissions. */
const RIGHTS = "to read Actions and to write Pull requests";
const REPOSITORY = /^(?<owner>[\w.-]+)\/(?<name>[\w.-]+)$/;

/**
 * Comments on the pull request of a run, and says what came of it.
 * @returns exit code: 1 when the comment could not show what the run kept
 * @throws UserError that says in one line what anybody else wrote
 */
export async function commentCommand({ run, json }: CommentOptions): Promise<number> {
  try {
    const { client, repository } = place();
    const progress = (line: string) => {
      if (!json) console.error(forLog(line));
    };
    const result = await explaining(RIGHTS, () =>
      commentOnPullRequest({ client, repository, id: run, progress }),
    );
    console.log(json ? JSON.stringify(result, null, 2) : forLog(sentenceOf(result)));
    if (result.outcome === "nothing" || result.refusal === undefined) return 0;
    if (!json) console.error(forLog(`error: ${result.refusal}`));
    return 1;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(forLog(error.message), { cause: error });
  }
}

/** GitHub as the job of a workflow has it. */
function place(): { client: GithubClient; repository: string } {
  const { GITHUB_TOKEN = "", GITHUB_REPOSITORY = "", GITHUB_API_URL } = process.env;
  const baseUrl = GITHUB_API_URL ?? "https://api.github.com";
  const { owner, name } = REPOSITORY.exec(GITHUB_REPOSITORY)?.groups ?? {};
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const problems = [
    ...(GITHUB_TOKEN === "" ? [`GITHUB_TOKEN is not set; it needs ${RIGHTS}`] : []),
    ...(owner === undefined
      ? [`GITHUB_REPOSITORY is ${JSON.stringify(GITHUB_REPOSITORY)}; write owner/name`]
      : []),
    ...(url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname))
      ? []
      : [
          `GITHUB_API_URL: ${JSON.stringify(baseUrl)} is no https URL; write e.g. https://api.github.com`,
        ]),
  ];
  if (problems.length > 0 || owner === undefined || name === undefined) {
    throw new UserError(problems.join("\n"));
  }
  return { client: new GithubClient({ owner, token: GITHUB_TOKEN, baseUrl }), repository: name };
}

function sentenceOf(result: CommentResult): string {
  if (result.outcome === "nothing") return `Nothing to comment on: ${result.reason}.`;
  const { outcome, pullRequest, url, reviewed } = result;
  if (outcome === "superseded") {
    return `Pull request #${pullRequest} shows the preview of a later run already: ${url}`;
  }
  if (outcome === "kept") {
    return `Pull request #${pullRequest} shows a preview of the same commit, which stays: ${url}`;
  }
  const code = reviewed ? "" : ", computed by unreviewed code";
  return `Pull request #${pullRequest}: comment ${outcome}${code}: ${url}`;
}
