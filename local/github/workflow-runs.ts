import { z } from "zod";
import { simpleUser, accountType, AUTHENTICATED_USER } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { notFound, unprocessable } from "./github-error.ts";
import { idOf, nodeIdOf } from "./identifiers.ts";
import { findByNumber, parameter, repositoryIn, repositoryNamed } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { forkAnswer, repositoryAnswer } from "./repositories.ts";
import { minimalPullRequest } from "./pull-request-answer.ts";
import { WorkflowRun } from "./store-runs.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

/**
 * Runs of workflows, newest first. Nothing runs here: {@link recordRun} puts them there. Every workflow exists, with no
 * runs until then.
 * @see https://docs.github.com/rest/actions/workflow-runs
 */
export function workflowRunHandlers(organization: string, store: Store): Handlers {
  return {
    "actions/list-workflow-runs": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const workflow = parameter(call, "workflow_id");
      const wanted = repository.runs
        .filter(
          (run) =>
            (run.workflow === workflow || String(workflowId(run.workflow)) === workflow) &&
            isWanted(run, call.query),
        )
        .sort((one, other) => other.id - one.id);
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const runs = items.map((run) => runAnswer(call.root, organization, repository, run));
      return {
        status: 200,
        headers,
        body: { total_count: wanted.length, workflow_runs: runs },
      };
    },
    "actions/get-workflow-run": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const run = findByNumber(repository.runs, ({ id }) => id, call, "run_id");
      return { status: 200, body: runAnswer(call.root, organization, repository, run) };
    },
  };
}

function isWanted(run: WorkflowRun, query: URLSearchParams): boolean {
  const asked = (name: string, ...values: readonly (string | null)[]): boolean => {
    const wanted = query.get(name);
    return wanted === null || values.includes(wanted);
  };
  return (
    asked("head_sha", run.headSha) &&
    asked("event", run.event) &&
    asked("branch", run.headBranch) &&
    asked("status", run.status, run.conclusion)
  );
}

const Recorded = z.strictObject({
  /** `owner/name` */
  repository: z.string(),
  /** Of a run that is there already and is changed. */
  id: z.int().optional(),
  ...WorkflowRun.omit({ id: true, createdAt: true, updatedAt: true }).partial().shape,
  status: WorkflowRun.shape.status,
  conclusion: WorkflowRun.shape.conclusion.default(null),
});

/** What {@link recordRun} takes. */
export type RecordedRun = z.input<typeof Recorded>;

/**
 * Puts a run there, or moves one on: what GitHub's own machinery does, and no request of its API. A new run needs
 * `workflow` or `path`, `headSha`, `event` and `headBranch`.
 * @returns its id
 * @throws GithubError 404 without the repository or the run, 422 when the body does not fit
 */
export function recordRun(store: Store, body: unknown): number {
  const parsed = Recorded.safeParse(body);
  if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
  const { repository: fullName, id, ...given } = parsed.data;
  return store.change((draft) => {
    const repository = repositoryNamed(draft, fullName);
    if (id !== undefined) {
      const run = repository.runs.find((one) => one.id === id);
      if (run === undefined) throw notFound();
      Object.assign(run, given, { updatedAt: timestampAfter(run.updatedAt) });
      return id;
    }
    const now = timestamp();
    const created = WorkflowRun.safeParse({
      workflow: given.path?.split("/").at(-1),
      ...given,
      id: draft.nextId++,
      createdAt: now,
      updatedAt: now,
    });
    if (!created.success) throw unprocessable(z.prettifyError(created.error));
    repository.runs.push(created.data);
    return created.data.id;
  });
}

function workflowId(workflow: string): number {
  return idOf("workflow", workflow);
}

function runAnswer(
  root: string,
  organization: string,
  repository: Repository,
  run: WorkflowRun,
): object {
  const { id, workflow } = run;
  const name = `${repository.owner}/${repository.name}`;
  const url = `${root}/repos/${name}/actions/runs/${id}`;
  const place = repositoryAnswer(root, organization, repository);
  const actor = simpleUser(root, AUTHENTICATED_USER, accountType(AUTHENTICATED_USER, organization));
  return {
    id,
    name: run.name ?? workflow.replace(/\.ya?ml$/, ""),
    node_id: nodeIdOf("WorkflowRun", id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path ?? `.github/workflows/${workflow}`,
    display_title: run.title ?? workflow,
    run_number: id,
    run_attempt: 1,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: workflowId(workflow),
    url,
    html_url: `${root}/${name}/actions/runs/${id}`,
    pull_requests: pullRequestsOf(repository, run).map((pull) =>
      minimalPullRequest(root, repository, pull),
    ),
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.createdAt,
    actor,
    triggering_actor: actor,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${root}/repos/${name}/check-suites/${id}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${root}/repos/${name}/actions/workflows/${workflowId(workflow)}`,
    head_commit: null,
    repository: place,
    head_repository:
      run.headRepository === undefined
        ? place
        : forkAnswer(root, organization, repository, run.headRepository),
  };
}

/** Those open here from the run's branch: GitHub tells none whose head is in a fork. */
function pullRequestsOf({ owner, name, pullRequests }: Repository, run: WorkflowRun) {
  const here = `${owner}/${name}`;
  if ((run.headRepository ?? here) !== here || run.headRepository === null) return [];
  return pullRequests.filter(
    ({ state, headRepository, headRef }) =>
      state === "open" && headRepository === here && headRef === run.headBranch,
  );
}
