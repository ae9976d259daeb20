/* What GitHub knows of a run before any job of it begins: the event's ref and commit, and what it tells jobs of them. */
import { basename } from "node:path";
import type { Hosting } from "./hosting.ts";
import type { Payload } from "./payloads.ts";
import { fullName, type WorkflowProject } from "./workflow-project.ts";

export interface RunContext {
  readonly project: WorkflowProject;
  /** Absent in tests of the runner itself, which need no service. */
  readonly hosting: Hosting | undefined;
  /** `up.yml` */
  readonly file: string;
  readonly workflowName: string;
  readonly event: string;
  readonly payload: Payload;
  /** In full. */
  readonly ref: string;
  readonly sha: string;
  readonly runId: number;
  /** Whether the event is a pull request's from another repository: no secret, no write, no token for AWS. */
  readonly fromFork: boolean;
  /** What a dispatch was given, with the workflow's defaults; empty for all other events. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Variables in the `.env` of runners of one's own, by their label. */
  readonly runners: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Absolute path of the folder that the run's jobs have theirs in. */
  readonly folder: string;
  /** What jobs of the run kept for each other, by name: files by path. */
  readonly artifacts: Map<string, Readonly<Record<string, Buffer>>>;
}

/** Ref and commit of an event. @see https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows */
export async function refOfEvent(
  event: string,
  payload: Payload,
  project: WorkflowProject,
): Promise<{ readonly ref: string; readonly sha: string }> {
  if (event === "push") return { ref: need(payload.ref), sha: need(payload.after) };
  if (event === "pull_request") {
    const { number, merge_commit_sha: sha } = need(payload.pull_request);
    return { ref: `refs/pull/${number}/merge`, sha };
  }
  const ref = event === "workflow_dispatch" ? need(payload.ref) : "refs/heads/main";
  return { ref, sha: await project.commitOf(ref) };
}

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the payload does not fit its event");
  return value;
}

/** Variables that GitHub sets in every job, besides those of files and folders. @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables#default-environment-variables */
export function defaultVariables(run: RunContext): Record<string, string> {
  const { event, payload, ref, sha, runId, project, workflowName } = run;
  const { owner, name, id, ownerId } = project.repository;
  const pullRequest = payload.pull_request;
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTOR: payload.sender.login,
    GITHUB_ACTOR_ID: String(payload.sender.id),
    GITHUB_API_URL: apiUrl(run),
    GITHUB_BASE_REF: pullRequest?.base.ref ?? "",
    GITHUB_EVENT_NAME: event,
    GITHUB_HEAD_REF: pullRequest?.head.ref ?? "",
    GITHUB_REF: ref,
    GITHUB_REF_NAME: refName(ref),
    GITHUB_REF_PROTECTED: "false",
    GITHUB_REF_TYPE: ref.startsWith("refs/tags/") ? "tag" : "branch",
    GITHUB_REPOSITORY: `${owner}/${name}`,
    GITHUB_REPOSITORY_ID: String(id),
    GITHUB_REPOSITORY_OWNER: owner,
    GITHUB_REPOSITORY_OWNER_ID: String(ownerId),
    GITHUB_RETENTION_DAYS: "90",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_RUN_ID: String(runId),
    GITHUB_RUN_NUMBER: "1",
    GITHUB_SERVER_URL: "https://github.com",
    GITHUB_SHA: sha,
    GITHUB_TRIGGERING_ACTOR: payload.sender.login,
    GITHUB_WORKFLOW: workflowName,
    GITHUB_WORKFLOW_REF: workflowRef(run),
    GITHUB_WORKFLOW_SHA: sha,
    RUNNER_ARCH: "X64",
    RUNNER_ENVIRONMENT: "github-hosted",
    RUNNER_NAME: "GitHub Actions 1",
    RUNNER_OS: "Linux",
  };
}

/** The context `github`, without its token. */
export function githubContext(run: RunContext): Record<string, unknown> {
  const own = Object.entries(defaultVariables(run)).flatMap(([name, value]) =>
    // It is no property of the context.
    name.startsWith("GITHUB_") && name !== "GITHUB_ACTIONS"
      ? [[name.slice("GITHUB_".length).toLowerCase(), value] as const]
      : [],
  );
  return { ...Object.fromEntries(own), event: run.payload };
}

/** `OWNER/REPOSITORY/.github/workflows/FILE@REF` */
export function workflowRef({ project, file, ref }: RunContext): string {
  return `${fullName(project.repository)}/.github/workflows/${basename(file)}@${ref}`;
}

function refName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags|pull)\//, "");
}

function apiUrl({ hosting }: RunContext): string {
  return hosting?.cloud.github.endpoint ?? "https://api.github.com";
}
