/* What a run of a workflow did, kept whole, so that a test can look for anything in it. */
import assert from "node:assert/strict";

/** How a job or a step ended, in GitHub's words. */
export type Result = "success" | "failure" | "cancelled" | "skipped";

/** How a workflow ended. */
export type Conclusion = Result;

/** A `run` or `uses` of a job; steps of a composite action follow the step that uses it. */
export interface StepTrace {
  readonly name: string;
  /** How many composite actions it is inside. */
  readonly depth: number;
  readonly result: Result;
  /** Of a process. */
  readonly exitCode?: number;
  readonly seconds: number;
  /** What it wrote, on both streams, with secrets and masks as `***`: what GitHub would show. */
  readonly log: string;
}

/** A process of a job, with nothing hidden. */
export interface ProcessTrace {
  readonly step: string;
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it wrote, before any mask. */
  readonly output: string;
}

/** A role of AWS that a job assumed, or was refused. */
export interface RoleTrace {
  readonly arn: string;
  readonly sessionSeconds: number;
  /** Of the job's token. */
  readonly subject: string;
}

export interface JobTrace {
  /** Its key in the file. */
  readonly id: string;
  /** With the values of its matrix: `build (almalinux-builder/cpu)`. */
  readonly name: string;
  /** Labels of the machine that it ran on; none where it took none. */
  readonly runsOn: readonly string[];
  readonly result: Result;
  /** Why it was skipped or refused, or what failed outside of its steps. */
  readonly why?: string;
  readonly environment?: string;
  /** Of its token: `{ contents: "read" }`. */
  readonly permissions: Readonly<Record<string, string>>;
  readonly roles: readonly RoleTrace[];
  /** Permissions of each token of a GitHub App that it asked for. */
  readonly appTokens: readonly Readonly<Record<string, string>>[];
  /** Names of the secrets that it could read. */
  readonly secrets: readonly string[];
  readonly steps: readonly StepTrace[];
  readonly processes: readonly ProcessTrace[];
  readonly outputs: Readonly<Record<string, string>>;
  /** What its steps wrote into their summaries. */
  readonly summary: string;
  readonly seconds: number;
}

export interface WorkflowTrace {
  /** Below `.github/workflows`: `up.yml`. */
  readonly file: string;
  readonly event: string;
  readonly ref: string;
  readonly sha: string;
  /** Of the run at the emulator; 1 where there is no cloud. */
  readonly runId: number;
  /** Undefined where the event does not start the workflow. */
  readonly conclusion: Conclusion | undefined;
  readonly concurrency?: { readonly group: string; readonly cancelInProgress: boolean };
  readonly jobs: readonly JobTrace[];
}

/** The only job with an id, or with a name where a matrix made several. */
export function jobOf(trace: WorkflowTrace, name: string): JobTrace {
  const found = trace.jobs.filter((job) => job.name === name || job.id === name);
  const [job] = found;
  if (job === undefined || found.length > 1) {
    const names = trace.jobs.map((one) => one.name).join(", ");
    throw new Error(`${trace.file} has ${found.length} jobs ${name}; it has ${names}`);
  }
  return job;
}

/** Names of the jobs that were not skipped. */
export function ran(trace: WorkflowTrace): readonly string[] {
  return trace.jobs.filter(({ result }) => result !== "skipped").map(({ name }) => name);
}

/** What a step of a job wrote, as GitHub shows it. */
export function logOf(job: JobTrace, step: string): string {
  const found = job.steps.find(({ name }) => name === step);
  if (found === undefined) throw new Error(`${job.name} has no step ${step}`);
  return found.log;
}

/** The trace for people: what each job was and did, and of its steps the last lines. */
export function traceText(trace: WorkflowTrace): string {
  const { file, event, ref, sha, conclusion, concurrency, jobs } = trace;
  const lines = [
    `${file}: ${event} of ${ref} at ${sha.slice(0, 12)}: ${conclusion ?? "not started"}`,
    ...(concurrency === undefined ? [] : [`  one at a time: ${concurrency.group}`]),
    ...jobs.flatMap(jobLines),
  ];
  return lines.join("\n");
}

/** Prints the trace and gives it back. */
export function printTrace(trace: WorkflowTrace): WorkflowTrace {
  console.log(traceText(trace));
  return trace;
}

/** The same for a run that must have succeeded. */
export function succeeded(trace: WorkflowTrace): WorkflowTrace {
  assert.equal(printTrace(trace).conclusion, "success", trace.file);
  return trace;
}

const LAST_LINES = 3;
/** Of a failed step. */
const MORE_LINES = 25;

function jobLines(job: JobTrace): string[] {
  const { name, result, why, environment, permissions, roles, appTokens, steps, outputs } = job;
  const words = [
    `environment ${environment ?? "none"}`,
    `permissions ${pairs(permissions)}`,
    ...(roles.length === 0 ? ["no role"] : roles.map(roleWords)),
    ...appTokens.map((own) => `app token ${pairs(own)}`),
  ];
  return [
    `  ${name}: ${result}${why === undefined ? "" : ` (${why})`}, ${job.seconds.toFixed(1)} s`,
    ...(result === "skipped" ? [] : [`    ${words.join("; ")}`]),
    ...steps.flatMap(stepLines),
    ...Object.entries(outputs).map(([key, value]) => `    output ${key} = ${short(value)}`),
  ];
}

function roleWords({ arn, sessionSeconds, subject }: RoleTrace): string {
  return `role ${arn.split("/").at(-1) ?? arn} for ${sessionSeconds} s as ${subject}`;
}

function stepLines({ name, depth, result, exitCode, seconds, log }: StepTrace): string[] {
  const indent = "  ".repeat(2 + depth);
  const code = exitCode === undefined ? "" : `, exit ${exitCode}`;
  const last = log
    .trimEnd()
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(result === "failure" ? -MORE_LINES : -LAST_LINES)
    .map((line) => `${indent}  | ${short(line)}`);
  return [`${indent}${name}: ${result}${code}, ${seconds.toFixed(1)} s`, ...last];
}

function pairs(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map);
  return entries.length === 0 ? "none" : entries.map((pair) => pair.join(":")).join(",");
}

function short(text: string): string {
  const line = text.replaceAll("\n", "\\n");
  return line.length > 200 ? `${line.slice(0, 197)}...` : line;
}
