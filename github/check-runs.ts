import type { GithubClient } from "./client.ts";
import { allPages, PAGE } from "./pages.ts";

/** What an app said of a commit. */
export interface CheckRun {
  readonly id: number;
  readonly name: string;
  /** The app that made it, which nobody else can act as; undefined where GitHub tells none. */
  readonly app: { readonly id: number; readonly slug: string } | undefined;
  /** `completed`, or what comes before: `queued`, `in_progress`, `waiting`, `requested`, `pending`. */
  readonly status: string;
  /** Of a completed one: `success`, `failure`, `neutral`, `cancelled`, `skipped`, `timed_out`, `action_required`, `stale`. */
  readonly conclusion: string | undefined;
  /** What the app calls it in its own words; undefined where there is nothing. */
  readonly externalId: string | undefined;
  readonly headSha: string;
  /** One line; undefined where there is none. */
  readonly title: string | undefined;
  /** Its page. */
  readonly url: string | undefined;
}

/** A check run that has come to its end. */
export interface CompletedCheck {
  /** Without its owner. */
  readonly repository: string;
  readonly headSha: string;
  /** Shown in the pull request: `candidate almalinux-builder/cuda12.8`. */
  readonly name: string;
  readonly externalId: string;
  readonly conclusion: "success" | "failure" | "neutral";
  /** One line. */
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
}

/**
 * Makes a check run of a commit; apps alone may, and so may the token of a workflow's job with `checks: write`.
 * @see https://docs.github.com/en/rest/checks/runs#create-a-check-run
 */
export async function createCheckRun(
  { octokit, owner }: GithubClient,
  { repository, headSha, name, externalId, conclusion, title, summary }: CompletedCheck,
): Promise<CheckRun> {
  const { data } = await octokit.request("POST /repos/{owner}/{repo}/check-runs", {
    ...{ owner, repo: repository, name, head_sha: headSha, external_id: externalId },
    ...{ status: "completed" as const, conclusion, output: { title, summary } },
  });
  return checkRunOf(data);
}

/**
 * The check runs of a commit: of each check suite, which every run of a workflow is one of, the latest of a name. Two runs of a
 * workflow on one commit are both here, and of what was run again the last attempt.
 * @param filter `all`: those before it, too
 * @see https://github.com/lewagon/wait-on-check-action/pull/156
 * @see https://docs.github.com/en/rest/checks/runs#list-check-runs-for-a-git-reference
 */
export async function checkRunsOf(
  { octokit, owner }: GithubClient,
  repository: string,
  sha: string,
  filter: "latest" | "all" = "latest",
): Promise<readonly CheckRun[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request("GET /repos/{owner}/{repo}/commits/{ref}/check-runs", {
      ...{ owner, repo: repository, ref: sha, filter, per_page: PAGE, page },
    });
    return data.check_runs.map(checkRunOf);
  });
}

interface CheckRunAnswer {
  readonly id: number | bigint;
  readonly name: string;
  readonly app: { readonly id: number | bigint; readonly slug?: string } | null;
  readonly status: string;
  readonly conclusion: string | null;
  readonly external_id: string | null;
  readonly head_sha: string;
  readonly output: { readonly title: string | null };
  readonly html_url: string | null;
}

function checkRunOf(answer: CheckRunAnswer): CheckRun {
  const { app, external_id: externalId } = answer;
  return {
    id: Number(answer.id),
    name: answer.name,
    app: app === null ? undefined : { id: Number(app.id), slug: app.slug ?? "" },
    status: answer.status,
    conclusion: answer.conclusion ?? undefined,
    // GitHub answers an empty text where none was given.
    externalId: externalId === null || externalId === "" ? undefined : externalId,
    headSha: answer.head_sha,
    title: answer.output.title ?? undefined,
    url: answer.html_url ?? undefined,
  };
}
