/*
 * Runs a workflow file as GitHub does, job by job, with every `run` as a process and every action of somebody else's by a
 * stand-in. What GitHub has and this has not is refused by name.
 *
 *   const trace = await runWorkflow({ file: "up.yml", event: "push", payload, project, cloud });
 *   printTrace(trace);
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";
import { fieldValue, holds, interpolate, type Value } from "./expressions.ts";
import { Hosting } from "./hosting.ts";
import { type Combination, combinations } from "./matrix.ts";
import type { Payload } from "./payloads.ts";
import { githubContext, refOfEvent, type RunContext } from "./run-context.ts";
import { jobWithoutSteps, runJob } from "./run-job.ts";
import { mapValues } from "./run-steps.ts";
import type { Conclusion, JobTrace, Result, WorkflowTrace } from "./trace.ts";
import { starts } from "./triggers.ts";
import { type Job, readWorkflow, type Workflow } from "./workflow-tree.ts";
import type { WorkflowProject } from "./workflow-project.ts";

export interface WorkflowCall {
  /** Below `.github/workflows` of the commit that the event is of: `up.yml`. */
  readonly file: string;
  /** `push` */
  readonly event: string;
  readonly payload: Payload;
  readonly project: WorkflowProject;
  /** None for a workflow without environments, tokens and artifacts. */
  readonly cloud?: LocalCloud;
  /** Jobs that are not run, with how they end: what a machine of the tests cannot do, or must not succeed in. */
  readonly results?: Readonly<Record<string, Result>>;
  /** Runners of one's own, by their label, each with the variables in its `.env`; none without it. */
  readonly runners?: RunContext["runners"];
}

/** Jobs at once: the machine has no more for them. */
const AT_ONCE = 2;
let runs = 0;

/** @throws Error when the file holds what the runner does not know */
export async function runWorkflow(call: WorkflowCall): Promise<WorkflowTrace> {
  const { file, event, payload, project, cloud, results = {}, runners = {} } = call;
  const { ref, sha } = await refOfEvent(event, payload, project);
  const workflow = readWorkflow(await project.fileAt(sha, `.github/workflows/${file}`), file);
  const hosting = cloud && new Hosting(cloud, project.repository);
  const base = { file, event, ref, sha };
  const inputs = inputsOf(workflow, event, payload);
  if (
    inputs === undefined ||
    !starts(workflow.on, event, payload, await changedFiles(payload, project))
  ) {
    return { ...base, runId: 0, conclusion: undefined, jobs: [] };
  }
  const headRepository = payload.pull_request?.head.repo.full_name;
  const fromFork = headRepository !== undefined && headRepository !== payload.repository.full_name;
  const workflowName = workflow.name ?? `.github/workflows/${file}`;
  const runId = await hosting?.beginRun({ ...base, workflowName, payload });
  const folder = join(project.home, "runs", `${++runs}-${file}`);
  await mkdir(folder, { recursive: true });
  const run: RunContext = {
    ...base,
    ...{ project, hosting, workflowName, payload, fromFork, folder, inputs, runners },
    runId: runId ?? runs,
    artifacts: new Map(),
  };
  const concurrency = concurrencyOf(workflow, run);
  const jobs = await runJobs(run, workflow, results);
  const conclusion = conclusionOf(jobs);
  await hosting?.endRun(run.runId, conclusion);
  return { ...base, runId: run.runId, conclusion, ...(concurrency && { concurrency }), jobs };
}

/** Paths of the files that a push to what was there before changes. */
async function changedFiles(
  { before, after, deleted }: Payload,
  project: WorkflowProject,
): Promise<readonly string[] | undefined> {
  if (before === undefined || after === undefined || deleted === true) return undefined;
  // What GitHub compares a new branch with is more than a test should know.
  return /^0+$/.test(before) ? undefined : project.filesBetween(before, after);
}

/**
 * What a dispatch gives a run; undefined where GitHub refuses it: for an input that there is not, or a choice that is none.
 * @see https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
 */
function inputsOf(
  { on }: Workflow,
  event: string,
  payload: Payload,
): Readonly<Record<string, string>> | undefined {
  if (event !== "workflow_dispatch") return {};
  const declared = on.workflow_dispatch?.inputs ?? {};
  const given = payload.inputs ?? {};
  const isRefused = Object.entries(given).some(([name, value]) => {
    const { options } = declared[name] ?? { options: [] };
    return options?.includes(value) === false;
  });
  if (isRefused) return undefined;
  return mapValues(declared, (input, name) => given[name] ?? input.default ?? "");
}

/** What a job that others need has for them. */
interface NeededJob {
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
  /** Whether it and all that it needs, at any distance, ended well. */
  readonly wellSoFar: boolean;
  readonly failedSoFar: boolean;
}

async function runJobs(
  run: RunContext,
  workflow: Workflow,
  results: Readonly<Record<string, Result>>,
): Promise<readonly JobTrace[]> {
  for (const id of Object.keys(results)) {
    if (!(id in workflow.jobs)) throw new Error(`${run.file} has no job ${id}`);
  }
  const limit = pLimit(AT_ONCE);
  const ended = new Map<string, Promise<{ traces: readonly JobTrace[]; needed: NeededJob }>>();
  const begin = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) {
      throw new Error(`${run.file}: jobs need each other: ${[...path, id].join(", ")}`);
    }
    const job = workflow.jobs[id];
    if (job === undefined) {
      throw new Error(`${run.file}: ${path.at(-1) ?? ""} needs ${id}, which is no job`);
    }
    for (const other of job.needs) if (!ended.has(other)) begin(other, [...path, id]);
    if (!ended.has(id)) ended.set(id, runWhenReady(id, job));
  };
  const runWhenReady = async (id: string, job: Job) => {
    const needs: Record<string, NeededJob> = {};
    for (const other of job.needs) {
      const end = await ended.get(other);
      if (end !== undefined) needs[other] = end.needed;
    }
    const traces = await jobTraces(run, workflow, id, job, needs, results[id], limit);
    return { traces, needed: neededJob(traces, Object.values(needs)) };
  };
  for (const id of Object.keys(workflow.jobs)) begin(id, []);
  const inOrder = Object.keys(workflow.jobs).flatMap((id) => ended.get(id) ?? []);
  return (await Promise.all(inOrder)).flatMap(({ traces }) => traces);
}

async function jobTraces(
  run: RunContext,
  workflow: Workflow,
  id: string,
  job: Job,
  needs: Readonly<Record<string, NeededJob>>,
  given: Result | undefined,
  limit: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<readonly JobTrace[]> {
  if (given !== undefined) {
    return [jobWithoutSteps(id, id, { result: given, why: "given by the test" })];
  }
  const all = Object.values(needs);
  const status = {
    success: all.every(({ wellSoFar }) => wellSoFar),
    failure: all.some(({ failedSoFar }) => failedSoFar),
    cancelled: all.some(({ result }) => result === "cancelled"),
  };
  const shown = Object.fromEntries(
    Object.entries(needs).map(([name, { result, outputs }]) => [name, { result, outputs }]),
  );
  const vars = (await run.hosting?.scope())?.variables ?? {};
  const contexts = { github: githubContext(run), needs: shown, vars, inputs: run.inputs };
  if (!holds(job.if, contexts, status)) return [jobWithoutSteps(id, id, { result: "skipped" })];
  const matrices = matricesOf(job, contexts);
  return Promise.all(
    matrices.map((matrix, index) =>
      limit(() =>
        runJob({ run, workflow, id, job, needs: shown, matrix, index, total: matrices.length }),
      ),
    ),
  );
}

function matricesOf(
  { strategy }: Job,
  contexts: Readonly<Record<string, unknown>>,
): readonly Combination[] {
  if (strategy === undefined) return [{}];
  const matrix = fieldValue(strategy.matrix, contexts);
  if (typeof matrix !== "object" || matrix === null) throw new Error("matrix: is no map");
  const entries = Object.entries(matrix as Readonly<Record<string, Value>>);
  return combinations(
    Object.fromEntries(entries.map(([key, value]) => [key, fieldValue(value, contexts)])),
  );
}

function neededJob(traces: readonly JobTrace[], needs: readonly NeededJob[]): NeededJob {
  const results = traces.map((trace) => trace.result);
  const result =
    (["failure", "cancelled", "success"] as const).find((one) => results.includes(one)) ??
    "skipped";
  return {
    result,
    outputs: Object.fromEntries(
      // Of a matrix, an output that is empty takes the place of none: https://github.com/actions/runner/blob/main/src/Runner.Worker/JobExtension.cs
      traces.flatMap(({ outputs }) => Object.entries(outputs).filter(([, text]) => text !== "")),
    ),
    wellSoFar: result === "success" && needs.every(({ wellSoFar }) => wellSoFar),
    failedSoFar: result === "failure" || needs.some(({ failedSoFar }) => failedSoFar),
  };
}

function conclusionOf(jobs: readonly JobTrace[]): Conclusion {
  const results = jobs.map(({ result }) => result);
  return (
    (["failure", "cancelled", "success"] as const).find((one) => results.includes(one)) ?? "skipped"
  );
}

function concurrencyOf(workflow: Workflow, run: RunContext): WorkflowTrace["concurrency"] {
  const { concurrency } = workflow;
  if (concurrency === undefined) return undefined;
  const contexts = { github: githubContext(run), inputs: run.inputs };
  const cancel = fieldValue(concurrency["cancel-in-progress"], contexts);
  return { group: interpolate(concurrency.group, contexts), cancelInProgress: cancel === true };
}
