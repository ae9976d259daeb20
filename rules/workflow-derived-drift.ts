import { branchRef } from "./git-ref.ts";
import { MAIN_BRANCH } from "./names.ts";
import { DRIFT_ENVIRONMENT } from "./refs.ts";
import { suggestion } from "./suggestion.ts";
import { DRIFT_WORKFLOW } from "./workflow-derived-names.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  textsOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  triggersOf,
} from "./workflow-tree.ts";

const ON_MAIN = `github.ref == '${branchRef(MAIN_BRANCH)}'`;
const COMPARED = /github\.event\.schedule\s*([!=]=)\s*'([^']*)'/g;

/** Drift is looked for by the clock, on main, and each condition names a time that there is. */
export function driftFindings(files: readonly TreeFile[]): readonly TreeFinding[] {
  const file = files.find((one) => one.file === DRIFT_WORKFLOW);
  if (file === undefined) return [];
  const times = timesOf(file);
  const jobs = jobsOf(file);
  const looks = jobs.filter((job) => environmentOf(job) === DRIFT_ENVIRONMENT);
  return [
    ...(times.length > 0
      ? []
      : [
          findingAt(file, ["on", "schedule"], {
            rule: "drift",
            message: "has no schedule, so that nobody looks for drift",
            remedy:
              "write on.schedule: one cron for every night, and one for the build on a real base",
          }),
        ]),
    ...jobs.flatMap((job) => conditionFindings(job, times)),
    ...looks.flatMap((job) => (times.length === 0 ? [] : neverFinding(job, times))),
    ...looks.flatMap((job) => (isOnMain(job, jobs) ? [] : mainFinding(job))),
  ];
}

function timesOf(file: TreeFile): readonly string[] {
  const { schedule } = triggersOf(file);
  return Array.isArray(schedule) ? schedule.map((one) => String(mapOf(one)["cron"])) : [];
}

/** What a job's conditions, and those of its steps, compare the time with. */
function comparedIn(value: unknown) {
  return textsOf(value).flatMap(({ text, path }) =>
    [...text.matchAll(COMPARED)].map(([, operator = "", time = ""]) => ({ operator, time, path })),
  );
}

function conditionFindings({ file, name, path, value }: TreeJob, times: readonly string[]) {
  return comparedIn(value).flatMap(({ time, path: below }) => {
    if (times.includes(time)) return [];
    return findingAt(file, [...path, ...below], {
      rule: "drift",
      message: `job ${name} compares the schedule with '${time}', at which the workflow never starts`,
      remedy:
        times.length === 0
          ? `write a schedule with cron: ${time}`
          : `write one of ${times.map((one) => `'${one}'`).join(", ")}${suggestion(time, times)}, or that cron into on.schedule`,
    });
  });
}

function neverFinding(job: TreeJob, times: readonly string[]): readonly TreeFinding[] {
  const compared = comparedIn(job.value["if"]);
  const only = compared.filter(({ operator }) => operator === "==").map(({ time }) => time);
  const not = compared.filter(({ operator }) => operator === "!=").map(({ time }) => time);
  const left = times.filter(
    (time) => !not.includes(time) && (only.length === 0 || only.includes(time)),
  );
  if (left.length > 0) return [];
  return [
    findingAt(job.file, [...job.path, "if"], {
      rule: "drift",
      message: `job ${job.name} runs by none of the schedules (${times.join("; ")}), so that nobody looks for drift`,
      remedy: "write a cron for every night into on.schedule",
    }),
  ];
}

/** Whether a job runs on main alone, by its own condition or that of a job which it needs. */
function isOnMain(job: TreeJob, jobs: readonly TreeJob[]): boolean {
  const condition = conditionOf(job);
  const isAlternative = withoutGroups(condition).includes("||");
  if (!isAlternative && withoutGroups(condition).split("&&").some(isMain)) return true;
  // A job starts after others have failed or were passed over only where it says so.
  if (/\b(?:always|cancelled|failure)\s*\(/.test(condition)) return false;
  const { needs } = job.value;
  const needed = (Array.isArray(needs) ? needs : [needs]).map(String);
  return jobs.some((one) => needed.includes(one.name) && one !== job && isOnMain(one, jobs));
}

function conditionOf({ value }: TreeJob): string {
  const condition = value["if"];
  return typeof condition === "string" ? condition : "";
}

function withoutGroups(condition: string): string {
  return condition.replace(/^\s*\$\{\{|\}\}\s*$/g, "").replace(/\([^()]*\)/g, "()");
}

function isMain(part: string): boolean {
  return part.replace(/\s+/g, " ").trim() === ON_MAIN;
}

function mainFinding({ file, name, path }: TreeJob): TreeFinding {
  return findingAt(file, [...path, "if"], {
    rule: "drift",
    message: `job ${name} enters ${DRIFT_ENVIRONMENT}, which admits main alone, on every branch that the workflow is dispatched for`,
    remedy: `write if: ${ON_MAIN} at the job, or at one that it needs`,
  });
}
