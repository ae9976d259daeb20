import type { WorkflowRunFacts } from "../rules/workflow-run-facts.ts";
import type { GithubClient } from "./client.ts";
import { isHttpError, unlessGone } from "./faults.ts";
import { allPages, PAGE } from "./pages.ts";

/**
 * A run of a workflow; undefined when the repository has none of that number, or the token may not see it.
 * @see https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run
 */
export async function workflowRun(
  { octokit, owner }: GithubClient,
  repository: string,
  id: number,
): Promise<WorkflowRunFacts | undefined> {
  const found = await unlessGone(
    octokit.request("GET /repos/{owner}/{repo}/actions/runs/{run_id}", {
      owner,
      repo: repository,
      run_id: id,
    }),
  );
  if (found === undefined) return undefined;
  const { data } = found;
  // GitHub answers null where a fork was deleted, whatever its description says.
  const head = data.head_repository as typeof data.head_repository | null;
  return {
    id: Number(data.id),
    attempt: data.run_attempt ?? 1,
    repositoryId: Number(data.repository.id),
    path: data.path,
    event: data.event,
    status: data.status ?? "unknown",
    conclusion: data.conclusion ?? undefined,
    headCommit: data.head_sha,
    headBranch: data.head_branch ?? undefined,
    headRepository: head === null ? undefined : { id: Number(head.id), owner: head.owner.login },
    createdAt: Date.parse(data.created_at),
    url: data.html_url,
  };
}

/** What a run kept, in an archive. */
export interface Artifact {
  readonly id: number;
  readonly name: string;
  /** Of the archive, in bytes. */
  readonly size: number;
  /** Whether GitHub threw it away. */
  readonly expired: boolean;
}

/**
 * The artifacts of a run, of all its attempts.
 * @see https://docs.github.com/en/rest/actions/artifacts#list-workflow-run-artifacts
 */
export async function artifactsOfRun(
  { octokit, owner }: GithubClient,
  repository: string,
  run: number,
): Promise<readonly Artifact[]> {
  return allPages(async (page) => {
    const { data } = await octokit.request(
      "GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts",
      { owner, repo: repository, run_id: run, per_page: PAGE, page },
    );
    return data.artifacts.map(({ id, name, size_in_bytes: size, expired }) => ({
      id,
      name,
      size,
      expired,
    }));
  });
}

/**
 * Where the archive of an artifact can be fetched, for a minute and without a token; undefined when it is gone.
 * @see https://docs.github.com/en/rest/actions/artifacts#download-an-artifact
 */
export async function artifactAddress(
  { octokit, owner }: GithubClient,
  repository: string,
  artifact: number,
): Promise<string | undefined> {
  try {
    const { headers } = await octokit.request(
      "GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}",
      {
        ...{ owner, repo: repository, artifact_id: artifact, archive_format: "zip" },
        // The other server gets no token, and is asked with a limit.
        request: { redirect: "manual" },
      },
    );
    return headers.location;
  } catch (error) {
    if (isHttpError(error) && [404, 410].includes(error.status)) return undefined;
    throw error;
  }
}
