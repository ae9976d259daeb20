import { CANDIDATE_ENVIRONMENT, PINS_ENVIRONMENT } from "./refs.ts";
import { CANDIDATE_JOBS } from "./workflow-candidate-jobs.ts";
import {
  CANDIDATE_WORKFLOW,
  PINS_WORKFLOW,
  PUBLISHING_WORKFLOW,
} from "./workflow-derived-names.ts";
import { PINS_JOBS } from "./workflow-pins-jobs.ts";
import { surplusKeys } from "./workflow-safety-surplus.ts";
import { type ShippedJob, shippedJobFindings } from "./workflow-shipped-job.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  triggersOf,
  type YamlPath,
} from "./workflow-tree.ts";

/** A workflow whose jobs have to be as Slipway ships them. */
interface ShippedWorkflow {
  readonly file: string;
  /** Of its findings. */
  readonly rule: string;
  readonly jobs: readonly ShippedJob[];
  /** Events that start it, and no others. */
  readonly events: readonly string[];
  /** The workflow whose end starts it, and the name that it has unless it says another one. */
  readonly after: { readonly file: string; readonly name: string };
}

const WORKFLOWS: readonly ShippedWorkflow[] = [
  {
    file: CANDIDATE_WORKFLOW,
    rule: "candidates",
    jobs: CANDIDATE_JOBS,
    events: ["workflow_run"],
    after: { file: PINS_WORKFLOW, name: "pins" },
  },
  {
    file: PINS_WORKFLOW,
    rule: "pins",
    jobs: PINS_JOBS,
    events: ["pull_request", "workflow_run", "schedule", "workflow_dispatch"],
    after: { file: PUBLISHING_WORKFLOW, name: "up" },
  },
];

/** Environments that nobody enters but jobs of these workflows. */
const OWN_ENVIRONMENTS: readonly string[] = [CANDIDATE_ENVIRONMENT, PINS_ENVIRONMENT];
const WORKFLOW_KEYS = ["name", "on", "permissions", "jobs"];

/**
 * The workflows that make candidates and propose pins have the jobs that they are shipped with: some build what a pull request
 * says, others hold what may push and sign beside a pull request's tree, and nothing of the one may come to the other but data.
 */
export function candidateFindings(
  file: TreeFile,
  files: readonly TreeFile[],
): readonly TreeFinding[] {
  const shipped = WORKFLOWS.find((one) => one.file === file.file);
  return [
    ...(shipped === undefined ? [] : ofWorkflow(file, shipped, files)),
    ...jobsOf(file).flatMap(ofEnvironment),
  ];
}

/** Whether a job is one of these, to the last step, so that it may hold what the workflow's events would else forbid. */
export function isShippedJob(job: TreeJob): boolean {
  const { rule = "", jobs = [] } = WORKFLOWS.find((one) => one.file === job.file.file) ?? {};
  const shipped = jobs.find(({ name }) => name === job.name);
  const isPlain = Object.keys(mapOf(job.file.root)).every((key) => WORKFLOW_KEYS.includes(key));
  return (
    isPlain && shipped !== undefined && shippedJobFindings(job, shipped, { rule }).length === 0
  );
}

function ofWorkflow(
  file: TreeFile,
  { rule, jobs, events, after }: ShippedWorkflow,
  files: readonly TreeFile[],
): readonly TreeFinding[] {
  const said = (path: YamlPath, message: string, remedy: string) =>
    findingAt(file, path, { rule, message, remedy });
  const triggers = triggersOf(file);
  const { pull_request: pullRequest, workflow_run: wait } = triggers;
  const waited = [mapOf(wait)["workflows"]].flat();
  const { name = after.name } = mapOf(files.find((one) => one.file === after.file)?.root);
  const own = jobsOf(file);
  const kind = { rule, owner: "the workflow" };
  return [
    ...Object.keys(triggers)
      .filter((event) => !events.includes(event))
      .map((event) =>
        said(
          ["on", event],
          `starts on ${event}, which is for no pull request`,
          `take on.${event} out`,
        ),
      ),
    ...events
      .filter((event) => !Object.hasOwn(triggers, event))
      .map((event) => said(["on"], `does not start on ${event}`, `write ${event} under on:`)),
    ...(waited.length === 1 && waited[0] === name
      ? []
      : [
          said(
            ["on", "workflow_run", "workflows"],
            `does not wait for ${after.file} alone`,
            `write on.workflow_run.workflows: [${typeof name === "string" ? name : after.name}]`,
          ),
        ]),
    // With other types a job that is passed over would take the place of one that failed.
    ...surplusKeys(file, ["on", "pull_request"], mapOf(pullRequest), ["branches"], kind),
    ...surplusKeys(file, [], mapOf(file.root), WORKFLOW_KEYS, kind),
    ...jobs.flatMap((shipped) => {
      const job = own.find((one) => one.name === shipped.name);
      return job === undefined
        ? [
            said(
              ["jobs"],
              `has no job ${shipped.name}, which ${shipped.does}`,
              `take the job ${shipped.name} from Slipway`,
            ),
          ]
        : shippedJobFindings(job, shipped, { rule });
    }),
    ...own
      .filter((job) => !jobs.some((shipped) => shipped.name === job.name))
      .map((job) =>
        said(
          job.path,
          `job ${job.name} is none of this workflow's`,
          `take ${job.name} out, or do it in a workflow of its own`,
        ),
      ),
  ];
}

function ofEnvironment(job: TreeJob): readonly TreeFinding[] {
  const environment = environmentOf(job)?.toLowerCase() ?? "";
  if (!OWN_ENVIRONMENTS.includes(environment)) return [];
  const owners = WORKFLOWS.flatMap(({ file, jobs }) =>
    jobs
      .filter((one) => one.environment === environment)
      .map(({ name }) => ({ file, name, text: `${name} of ${file}` })),
  );
  if (owners.some(({ file, name }) => file === job.file.file && name === job.name)) return [];
  return [
    findingAt(job.file, [...job.path, "environment"], {
      rule: "candidates",
      message: `job ${job.name} enters ${environment}, which is for ${owners.map(({ text }) => text).join(" and ")} alone`,
      remedy: "enter another environment, or do it there",
    }),
  ];
}
