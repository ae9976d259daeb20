/* The steps of a job, and of the composite actions that they use. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { inputsOf } from "./action-call.ts";
import { standIns } from "./actions/all.ts";
import { readEnvironment, readPairs, readPath } from "./command-files.ts";
import { type Contexts, fieldValue, holds, interpolate, type Status } from "./expressions.ts";
import type { JobSpace } from "./job-space.ts";
import { masksIn } from "./masks.ts";
import { runScript } from "./step-process.ts";
import type { Result, StepTrace } from "./trace.ts";
import { type Action, readAction, type Step } from "./workflow-tree.ts";

/** Steps that belong together: a job's, or a composite action's. */
export interface StepList {
  readonly steps: readonly Step[];
  /** Without `steps` and `env`, which change from step to step. */
  readonly contexts: Contexts;
  /** Variables of the workflow and the job, or of the step that uses the action. */
  readonly env: Readonly<Record<string, string>>;
  readonly depth: number;
  /** Of a composite action. */
  readonly actionPath?: string;
  /** Milliseconds since 1970 at which the job ends. */
  readonly deadline: number;
}

/** How a list of steps ended, and what each with an id has for those after it. */
export interface StepsEnd {
  readonly result: Result;
  readonly steps: Readonly<Record<string, StepContext>>;
  readonly timedOut: boolean;
}

interface StepContext {
  readonly outputs: Readonly<Record<string, string>>;
  /** Before `continue-on-error`. */
  readonly outcome: Result;
  readonly conclusion: Result;
}

/** How one step ended. */
interface StepEnd {
  readonly ok: boolean;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly exitCode?: number;
  readonly timedOut?: boolean;
  /** Steps of the composite action that it used. */
  readonly inner?: readonly StepTrace[];
}

/** Runs the steps one after the other; what each does is added to the job's trace. */
export async function runSteps(job: JobSpace, list: StepList): Promise<StepsEnd> {
  const done: Record<string, StepContext> = {};
  let failed = false;
  let timedOut = false;
  for (const step of list.steps) {
    const contexts = stepContexts(job, list, done);
    const status: Status = { success: !failed, failure: failed, cancelled: timedOut };
    const name = interpolate(nameOf(step), contexts);
    // Secrets are no context of a condition.
    const conditional = Object.fromEntries(
      Object.entries(contexts).filter(([context]) => context !== "secrets"),
    );
    if (!holds(step.if, conditional, status)) {
      job.steps.push({ name, depth: list.depth, result: "skipped", seconds: 0, log: "" });
      if (step.id !== undefined) {
        done[step.id] = { outputs: {}, outcome: "skipped", conclusion: "skipped" };
      }
      continue;
    }
    const started = performance.now();
    const place = job.steps.length;
    const end = await runStep(job, list, step, name, contexts);
    const inner = job.steps.splice(place);
    const outcome: Result = end.ok ? "success" : "failure";
    const forgiven = fieldValue(step["continue-on-error"] ?? false, contexts) === true;
    const conclusion = !end.ok && forgiven ? "success" : outcome;
    job.steps.push(
      {
        ...{ name, depth: list.depth, result: outcome, log: job.masks.hide(end.log) },
        ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
        seconds: (performance.now() - started) / 1000,
      },
      ...inner,
    );
    if (step.id !== undefined) done[step.id] = { outputs: end.outputs, outcome, conclusion };
    if (conclusion === "failure") failed = true;
    if (Date.now() > list.deadline) timedOut = true;
  }
  return { result: failed ? "failure" : "success", steps: done, timedOut };
}

function nameOf(step: Step): string {
  if (step.name !== undefined) return step.name;
  return "uses" in step ? step.uses : `Run ${step.run.split("\n", 1)[0] ?? ""}`;
}

function stepContexts(
  job: JobSpace,
  list: StepList,
  steps: Readonly<Record<string, StepContext>>,
): Contexts {
  const env = { ...list.env, ...Object.fromEntries(job.exported) };
  return { ...list.contexts, runner: job.runner, env, steps };
}

async function runStep(
  job: JobSpace,
  list: StepList,
  step: Step,
  name: string,
  contexts: Contexts,
): Promise<StepEnd> {
  try {
    const own = mapValues(step.env ?? {}, (value) => interpolate(value, contexts));
    const env = { ...(contexts["env"] as Record<string, string>), ...own };
    const limit = fieldValue(step["timeout-minutes"] ?? 360, contexts);
    const milliseconds = Math.min(Number(limit) * 60_000, list.deadline - Date.now());
    if ("run" in step) return await runProcess(job, list, step, name, contexts, env, milliseconds);
    const inputs = mapValues(step.with ?? {}, (value) => interpolate(value, contexts));
    if (step.uses.startsWith("./")) return await runComposite(job, list, step.uses, inputs, env);
    return await runStandIn(job, step.uses, inputs, own);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, log: `##[error]${why}`, outputs: {} };
  }
}

async function runProcess(
  job: JobSpace,
  list: StepList,
  step: Extract<Step, { run: string }>,
  name: string,
  contexts: Contexts,
  own: Readonly<Record<string, string>>,
  milliseconds: number,
): Promise<StepEnd> {
  if (list.actionPath !== undefined && step.shell === undefined) {
    throw new Error(`Required property is missing: shell (${name})`);
  }
  const files = await commandFiles(job);
  const env = job.environmentOf({
    ...own,
    ...(list.actionPath !== undefined && { GITHUB_ACTION_PATH: list.actionPath }),
  });
  Object.assign(env, files);
  const folder = step["working-directory"];
  const cwd = resolve(job.workspace, folder === undefined ? "." : interpolate(folder, contexts));
  const script = interpolate(step.run, contexts);
  const { shell } = step;
  const ended = await runScript(script, { shell, cwd, env, temp: job.temp, milliseconds });
  const { exitCode, output, timedOut } = ended;
  job.processes.push({ step: name, env, output });
  for (const mask of masksIn(output)) job.masks.add(mask);
  const read = async (file: keyof typeof files) => readFile(files[file], "utf8");
  for (const [key, value] of readEnvironment(await read("GITHUB_ENV"))) {
    job.exported.set(key, value);
  }
  job.pathFolders.push(...readPath(await read("GITHUB_PATH")));
  job.summary += await read("GITHUB_STEP_SUMMARY");
  const outputs = Object.fromEntries(readPairs(await read("GITHUB_OUTPUT")));
  return {
    ok: exitCode === 0,
    log: timedOut ? `${output}\n##[error]The action has timed out.` : output,
    outputs,
    ...(exitCode !== undefined && { exitCode }),
    timedOut,
  };
}

/** Files of their own for each step. */
async function commandFiles(job: JobSpace) {
  const folder = join(job.temp, "_runner_file_commands");
  await mkdir(folder, { recursive: true });
  const number = job.processes.length;
  const files = {
    GITHUB_OUTPUT: join(folder, `set_output_${number}`),
    GITHUB_ENV: join(folder, `set_env_${number}`),
    GITHUB_PATH: join(folder, `add_path_${number}`),
    GITHUB_STEP_SUMMARY: join(folder, `step_summary_${number}`),
  };
  for (const file of Object.values(files)) await writeFile(file, "");
  return files;
}

/** An action of the checkout. Its steps read no secrets, variables and needs. */
async function runComposite(
  job: JobSpace,
  list: StepList,
  uses: string,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<StepEnd> {
  const actionPath = resolve(job.workspace, uses);
  const action = readAction(await actionFile(actionPath, uses), uses);
  const inputs = compositeInputs(action, given, uses);
  const { github, job: jobContext, matrix, strategy } = list.contexts;
  const contexts = {
    github: { ...(github as object), action_path: actionPath },
    ...{ job: jobContext, matrix, strategy, inputs },
  };
  const { depth, deadline } = list;
  const { steps } = action.runs;
  const end = await runSteps(job, { steps, contexts, env, depth: depth + 1, actionPath, deadline });
  const outputContexts = { ...contexts, runner: job.runner, steps: end.steps };
  const outputs = mapValues(action.outputs, ({ value }) => interpolate(value, outputContexts));
  return { ok: end.result === "success", log: "", outputs };
}

async function actionFile(folder: string, uses: string): Promise<string> {
  try {
    return await readFile(join(folder, "action.yml"), "utf8");
  } catch {
    throw new Error(
      `Can't find 'action.yml' under '${uses}'. Did you forget to run actions/checkout?`,
    );
  }
}

function compositeInputs(
  { inputs }: Action,
  given: Readonly<Record<string, string>>,
  uses: string,
): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !(name in inputs));
  if (unknown.length > 0) throw new Error(`${uses}: has no input ${unknown.join(", ")}`);
  return mapValues(inputs, (input, name) => {
    const value = given[name] ?? input.default;
    if (value === undefined && input.required === true) throw new Error(`${uses}: needs ${name}`);
    return value ?? "";
  });
}

async function runStandIn(
  job: JobSpace,
  uses: string,
  given: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<StepEnd> {
  const [action = "", version = ""] = uses.split("@");
  const standIn = standIns.find((one) => one.action === action);
  if (standIn === undefined) {
    throw new Error(`the runner of the tests has no stand-in for ${action}`);
  }
  if (version === "") throw new Error(`${uses}: names no version`);
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  try {
    const outputs = await standIn.run({ inputs: inputsOf(standIn, given), env, job, say });
    return { ok: true, log: lines.join("\n"), outputs };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, log: [...lines, `##[error]${why}`].join("\n"), outputs: {} };
  }
}

export function mapValues<From, To>(
  map: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
