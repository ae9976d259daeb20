/*
 * Payloads of events in the shape that GitHub sends, with the keys that workflows may read.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
import type { HostedRepository, PullRequestCommits, WorkflowProject } from "./workflow-project.ts";

interface RepositoryPayload {
  readonly id: number;
  readonly name: string;
  readonly full_name: string;
  readonly fork: boolean;
  readonly default_branch: string;
  readonly owner: { readonly login: string; readonly id: number };
}

interface WorkflowRunPayload {
  readonly id: number;
  readonly name: string;
  /** `.github/workflows/plan.yml` */
  readonly path: string;
  readonly event: string;
  readonly status: "completed";
  readonly conclusion: string;
  readonly head_branch: string;
  readonly head_sha: string;
  readonly repository: RepositoryPayload;
  readonly head_repository: RepositoryPayload;
  /** Empty for forks. */
  readonly pull_requests: readonly object[];
}

/** What each event has is there; what it has not is absent. */
export interface Payload {
  readonly action?: string;
  readonly ref?: string;
  readonly before?: string;
  readonly after?: string;
  readonly deleted?: boolean;
  readonly schedule?: string;
  readonly inputs?: Readonly<Record<string, string>> | null;
  readonly number?: number;
  /** Of an edited pull request: what was before, of that alone which changed. */
  readonly changes?: {
    readonly base?: {
      readonly ref: { readonly from: string };
      readonly sha: { readonly from: string };
    };
    readonly title?: { readonly from: string };
  };
  readonly pull_request?: {
    readonly number: number;
    readonly title: string;
    readonly merge_commit_sha: string;
    readonly base: { readonly ref: string; readonly sha: string; readonly repo: RepositoryPayload };
    readonly head: { readonly ref: string; readonly sha: string; readonly repo: RepositoryPayload };
  };
  readonly workflow_run?: WorkflowRunPayload;
  readonly workflow?: { readonly name: string; readonly path: string } | string;
  readonly repository: RepositoryPayload;
  readonly sender: { readonly login: string; readonly id: number };
}

/** Who does what the events tell of, unless somebody else is named. */
const SENDER = { login: "octocat", id: 583231 };
const NO_COMMIT = "0".repeat(40);

export function repositoryPayload({
  owner,
  name,
  id,
  ownerId,
  fork,
}: HostedRepository): RepositoryPayload {
  return {
    id,
    name,
    full_name: `${owner}/${name}`,
    fork,
    default_branch: "main",
    owner: { login: owner, id: ownerId },
  };
}

function common(project: WorkflowProject): Pick<Payload, "repository" | "sender"> {
  return { repository: repositoryPayload(project.repository), sender: SENDER };
}

/** A branch or tag was pushed; a tag and a branch of before have no commit before. */
export function pushPayload(
  project: WorkflowProject,
  ref: string,
  after: string,
  before = NO_COMMIT,
): Payload {
  return { ...common(project), ref, before, after, deleted: false };
}

export function pullRequestPayload(
  project: WorkflowProject,
  { number, base, head, merge }: PullRequestCommits,
  { action = "opened", title = "Change an image" }: { action?: string; title?: string } = {},
): Payload {
  return {
    ...common(project),
    action,
    number,
    pull_request: {
      number,
      title,
      merge_commit_sha: merge,
      base: { ref: base.ref, sha: base.sha, repo: repositoryPayload(project.repository) },
      head: { ref: head.ref, sha: head.sha, repo: repositoryPayload(head.repository) },
    },
  };
}

/** A pull request is for another base now, or is called otherwise. */
export function editedPayload(
  project: WorkflowProject,
  commits: PullRequestCommits,
  changes: NonNullable<Payload["changes"]>,
): Payload {
  return { ...pullRequestPayload(project, commits, { action: "edited" }), changes };
}

/** @param inputs as they were given by hand; GitHub adds the defaults of the others */
export function dispatchPayload(
  project: WorkflowProject,
  ref: string,
  file: string,
  inputs: Payload["inputs"] = null,
): Payload {
  return { ...common(project), ref, inputs, workflow: `.github/workflows/${file}` };
}

export function schedulePayload(
  project: WorkflowProject,
  cron: string,
  file = "drift.yml",
): Payload {
  return { ...common(project), schedule: cron, workflow: `.github/workflows/${file}` };
}

/** The run that a `workflow_run` event tells of. */
export interface EndedRun {
  readonly id: number;
  readonly conclusion: string;
  readonly headBranch: string;
  readonly headSha: string;
  readonly headRepository: HostedRepository;
  readonly event?: string;
  /** Of the workflow, which any file may have. */
  readonly name?: string;
  readonly path?: string;
}

/** A run of `plan.yml` ended, or one that says so. */
export function workflowRunPayload(project: WorkflowProject, run: EndedRun): Payload {
  const { event = "pull_request", name = "plan", path = ".github/workflows/plan.yml" } = run;
  return {
    ...common(project),
    action: "completed",
    workflow: { name, path },
    workflow_run: {
      id: run.id,
      name,
      path,
      event,
      status: "completed",
      conclusion: run.conclusion,
      head_branch: run.headBranch,
      head_sha: run.headSha,
      repository: repositoryPayload(project.repository),
      head_repository: repositoryPayload(run.headRepository),
      pull_requests: [],
    },
  };
}
