import { appAnswer, appOfCaller, appOfSlug } from "./apps.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { GithubError, unprocessable } from "./github-error.ts";
import type { GitRepositories } from "./git-repositories.ts";
import { idOf, nodeIdOf } from "./identifiers.ts";
import { findByNumber, parameter, repositoryIn } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { minimalPullRequest } from "./pull-request-answer.ts";
import type { CheckRun } from "./store-checks.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Repository, Store } from "./store.ts";

/** A body of `checks/create` and `checks/update`. */
interface CheckRequest {
  readonly name?: string;
  readonly head_sha?: string;
  readonly details_url?: string;
  readonly external_id?: string;
  readonly status?: CheckRun["status"];
  readonly started_at?: string;
  readonly conclusion?: NonNullable<CheckRun["conclusion"]>;
  readonly completed_at?: string;
  readonly output?: {
    readonly title?: string;
    readonly summary?: string;
    readonly text?: string;
  };
}

/**
 * Check runs of commits: apps make them, among them that of Actions, which the token of a job stands for. A user's token may not,
 * but for the emulator's own. Annotations and actions of a check run are taken and not kept. Each run of a workflow is a check suite:
 * one that is there, and that the details of a check run lead to, is the suite of its job. Any other check run is in the one suite
 * that its app has for the commit. The latest of a name are those of each suite.
 * @see https://docs.github.com/rest/checks/runs
 */
export function checkRunHandlers(
  organization: string,
  store: Store,
  repositories: GitRepositories,
): Handlers {
  const answer = (call: Call, repository: Repository, run: CheckRun) =>
    checkRunAnswer(call, organization, store, repository, run);
  return {
    "checks/create": (call: Call): Answer => {
      const asked = call.body as CheckRequest;
      const app = appOfCaller(store.state, call.caller);
      if (app === undefined) throw new GithubError(403, "You must authenticate via a GitHub App.");
      const { name = "", head_sha: headSha = "" } = asked;
      const git = repositories.of(repositoryIn(store.state, call));
      const isThere = git === undefined || git.typeOf(headSha) === "commit";
      if (!/^[0-9a-f]{40}$/.test(headSha) || !isThere) {
        throw unprocessable(`No commit found for SHA: ${headSha}`);
      }
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const now = timestamp();
        const run: CheckRun = {
          ...{ id: draft.nextId++, name, headSha, app: app.slug, externalId: "", detailsUrl: null },
          ...{ status: "queued", conclusion: null, title: null, summary: null, text: null },
          ...{ startedAt: now, completedAt: null, createdAt: now, updatedAt: now },
        };
        change(run, asked);
        repository.checkRuns.push(run);
        return { status: 201, body: answer(call, repository, run) };
      });
    },
    "checks/update": (call: Call): Answer => {
      const app = appOfCaller(store.state, call.caller);
      return store.change((draft) => {
        const repository = repositoryIn(draft, call);
        const run = findByNumber(repository.checkRuns, ({ id }) => id, call, "check_run_id");
        if (app?.slug !== run.app) {
          throw new GithubError(
            403,
            "Invalid app_id `" +
              String(app?.id ?? "") +
              "` - check run can only be modified by the GitHub App that created it.",
          );
        }
        run.updatedAt = timestampAfter(run.updatedAt);
        change(run, call.body as CheckRequest);
        return { status: 200, body: answer(call, repository, run) };
      });
    },
    "checks/list-for-ref": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const ref = parameter(call, "ref");
      const sha = repositories.of(repository)?.commitOf(ref) ?? ref;
      const { query } = call;
      const isLatestOnly = (query.get("filter") ?? "latest") === "latest";
      const all = repository.checkRuns
        .filter((run) => run.headSha === sha)
        .sort((one, other) => other.id - one.id);
      const wanted = all.filter(
        (run, index) =>
          (!isLatestOnly || !all.slice(0, index).some((newer) => isSame(repository, newer, run))) &&
          (query.get("check_name") ?? run.name) === run.name &&
          (query.get("status") ?? run.status) === run.status &&
          (query.get("app_id") ?? "") in { "": true, [appOfSlug(store.state, run.app).id]: true },
      );
      const { items, headers } = pageOf(call, wanted, PAGES_OF_30);
      const runs = items.map((run) => answer(call, repository, run));
      return { status: 200, headers, body: { total_count: wanted.length, check_runs: runs } };
    },
  };
}

function isSame(repository: Repository, one: CheckRun, other: CheckRun): boolean {
  return one.name === other.name && suiteOf(repository, one) === suiteOf(repository, other);
}

/** Number of the check suite, which a run of a workflow shares. */
function suiteOf(repository: Repository, run: CheckRun): number {
  return workflowRunOf(repository, run) ?? idOf("check suite", `${run.app} ${run.headSha}`);
}

/** The run of a workflow that a check run is a job of. */
function workflowRunOf({ runs }: Repository, { detailsUrl }: CheckRun): number | undefined {
  const id = Number(/\/actions\/runs\/([0-9]+)\//.exec(detailsUrl ?? "")?.[1]);
  return runs.some((run) => run.id === id) ? id : undefined;
}

/** @throws GithubError 422 for a completed run that says nothing of how it ended */
function change(run: CheckRun, asked: CheckRequest): void {
  const { output, conclusion } = asked;
  // Who says how it ended says that it has.
  const status = conclusion === undefined ? (asked.status ?? run.status) : "completed";
  if (status === "completed" && conclusion === undefined && run.conclusion === null) {
    throw unprocessable('Invalid request.\n\nMissing required keys "conclusion".');
  }
  run.status = status;
  run.name = asked.name ?? run.name;
  run.externalId = asked.external_id ?? run.externalId;
  run.detailsUrl = asked.details_url ?? run.detailsUrl;
  run.startedAt = asked.started_at ?? run.startedAt;
  run.conclusion = status === "completed" ? (conclusion ?? run.conclusion) : null;
  run.completedAt = status === "completed" ? (asked.completed_at ?? run.updatedAt) : null;
  run.title = output?.title ?? run.title;
  run.summary = output?.summary ?? run.summary;
  run.text = output?.text ?? run.text;
}

function checkRunAnswer(
  { root }: Call,
  organization: string,
  { state }: Store,
  repository: Repository,
  run: CheckRun,
): object {
  const { id, name, status, conclusion, title, summary, text } = run;
  const fullName = `${repository.owner}/${repository.name}`;
  const url = `${root}/repos/${fullName}/check-runs/${id}`;
  const workflowRun = workflowRunOf(repository, run);
  const page =
    workflowRun === undefined
      ? `${root}/${fullName}/runs/${id}`
      : `${root}/${fullName}/actions/runs/${workflowRun}/job/${id}`;
  const pulls = repository.pullRequests.filter(
    ({ state: is, headSha, headRepository }) =>
      is === "open" && headSha === run.headSha && headRepository === fullName,
  );
  return {
    ...{ id, name, status, conclusion, url, html_url: page },
    head_sha: run.headSha,
    node_id: nodeIdOf("CheckRun", id),
    external_id: run.externalId,
    details_url: run.detailsUrl ?? page,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      ...{ title, summary, text },
      ...{ annotations_count: 0, annotations_url: `${url}/annotations` },
    },
    check_suite: { id: suiteOf(repository, run) },
    app: appAnswer(root, organization, appOfSlug(state, run.app)),
    pull_requests: pulls.map((pull) => minimalPullRequest(root, repository, pull)),
  };
}
