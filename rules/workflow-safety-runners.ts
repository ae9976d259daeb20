import { isHostedRunner } from "./runner-label.ts";
import { pullRequestStart } from "./workflow-safety-events.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
} from "./workflow-tree.ts";

/**
 * What a pull request runs leaves nothing behind for the next job: its machine is GitHub's.
 * @see https://docs.github.com/en/actions/reference/security/secure-use#hardening-for-self-hosted-runners
 */
export function runnerFindings(file: TreeFile, files: readonly TreeFile[]): readonly TreeFinding[] {
  const start = pullRequestStart(file, files);
  if (start === undefined) return [];
  return jobsOf(file).flatMap((job) => {
    const { "runs-on": machine, uses } = job.value;
    // A job that calls another workflow runs on that one's machines.
    if (typeof uses === "string") return [];
    const labels = labelsOf(job, machine);
    if (labels.length > 0 && labels.every(isHostedRunner)) return [];
    return [
      findingAt(file, [...job.path, "runs-on"], {
        rule: "runner",
        message: `job ${job.name} of a workflow on ${start.event} runs on ${JSON.stringify(machine)}, which may keep what a pull request leaves there`,
        remedy: "write a runner of GitHub's, e.g. runs-on: ubuntu-24.04",
      }),
    ];
  });
}

/** The machines that a job may get; an expression stays as it is, but for one of the job's own list. */
function labelsOf(job: TreeJob, machine: unknown): readonly string[] {
  const labels: readonly unknown[] = Array.isArray(machine) ? machine : [machine];
  const matrix = mapOf(mapOf(job.value["strategy"])["matrix"]);
  return labels.flatMap((label) => {
    const text = typeof label === "string" ? label : JSON.stringify(label ?? null);
    const name = /^\$\{\{\s*matrix\.([\w-]+)\s*\}\}$/.exec(text)?.[1];
    const values = name === undefined ? undefined : matrix[name];
    const listed = Array.isArray(values) && matrix["include"] === undefined;
    return listed ? values.map(String) : [text];
  });
}
