import { MAIN_BRANCH } from "./names.ts";
import { CACHE_WORKFLOW, PUBLISHING_WORKFLOW } from "./workflow-derived-names.ts";
import { REFRESH_FORMS, type RefreshForm } from "./workflow-refresh-form.ts";
import { demandsOf } from "./workflow-safety-conditions.ts";
import { ASSUME } from "./workflow-safety-credentials.ts";
import { spaced } from "./workflow-safety-inputs.ts";
import { surplusKeys } from "./workflow-safety-surplus.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  triggersOf,
  type YamlPath,
} from "./workflow-tree.ts";

const KIND = { rule: "refreshing", owner: "a refresh" };
import { isWantedStep, wantedStepText } from "./workflow-wanted-step.ts";

const WORKFLOW_KEYS = ["name", "on", "permissions", "jobs"];
const JOB_KEYS = [
  ...["name", "if", "runs-on", "timeout-minutes", "permissions"],
  ...["concurrency", "strategy", "steps"],
];
const STRATEGY_KEYS = ["fail-fast", "max-parallel", "matrix"];
const INPUTS = { channel: "string", image: "choice" } as const;

/** What a refresh holds beside its own token: the role that only reads, and the token that AWS gives it for. */
const READ_ROLE: readonly string[] = ["id-token: write", ASSUME.replace("@", "")];

/**
 * The workflow that refreshes what runners keep starts after a publication or by hand, and has the jobs that it is shipped
 * with: their machines write what every later job on a GPU runs.
 */
export function refreshFindings(
  file: TreeFile,
  files: readonly TreeFile[],
): readonly TreeFinding[] {
  if (file.file !== CACHE_WORKFLOW) return [];
  const jobs = jobsOf(file);
  const strange = jobs.filter((job) => formOf(job) === undefined);
  return [
    ...ofTriggers(file, files),
    ...surplusKeys(file, [], mapOf(file.root), WORKFLOW_KEYS, KIND),
    ...REFRESH_FORMS.flatMap((form) => ofForm(file, form)),
    ...jobs.flatMap(jobFindings),
    ...strange.map((job) =>
      said(file, job.path, {
        message: `job ${job.name} is none that refreshes what runners keep`,
        remedy: `take ${job.name} out, or do it in a workflow of its own`,
      }),
    ),
  ];
}

/**
 * Whether a job may hold the role that only reads though another workflow's end starts it: in the one file that the role
 * trusts, with every condition on that run, and with steps that do nothing else.
 */
export function mayHoldReadRole(job: TreeJob): boolean {
  const isRefresh = job.file.file === CACHE_WORKFLOW && formOf(job) !== undefined;
  return isRefresh && jobFindings(job).length === 0;
}

/** Whether a credential is one of those by which a refresh reads. */
export function isOfReadRole(credential: string): boolean {
  return READ_ROLE.includes(credential);
}

function formOf(job: TreeJob): RefreshForm | undefined {
  return REFRESH_FORMS.find(({ command }) =>
    job.steps.some(({ run = "" }) => run.trim().startsWith(command)),
  );
}

function ofForm(file: TreeFile, form: RefreshForm): readonly TreeFinding[] {
  const [own, ...rivals] = jobsOf(file).filter((job) => formOf(job) === form);
  const command = form.command.trim();
  return own === undefined
    ? [
        said(file, ["jobs"], {
          message: `no job runs ${command}`,
          remedy: `add one that runs if ${form.demands.join(" && ")}`,
        }),
      ]
    : rivals.map((job) =>
        said(file, job.path, {
          message: `job ${job.name} runs ${command}, as job ${own.name} does`,
          remedy: `take ${job.name} out`,
        }),
      );
}

function ofTriggers(file: TreeFile, files: readonly TreeFile[]): readonly TreeFinding[] {
  const { workflow_run: wait, workflow_dispatch: dispatch, ...others } = triggersOf(file);
  const publishing = files.find((one) => one.file === PUBLISHING_WORKFLOW);
  const { name = "up" } = mapOf(publishing?.root);
  const waited = [mapOf(wait)["workflows"]].flat();
  const inputs = mapOf(mapOf(dispatch)["inputs"]);
  const surplus = Object.keys(inputs).filter((key) => !Object.hasOwn(INPUTS, key));
  const different = Object.entries(INPUTS).filter(
    ([key, type]) => mapOf(inputs[key])["type"] !== type,
  );
  return [
    ...Object.keys(others).map((event) =>
      said(file, ["on", event], {
        message: `starts on ${event}, which is for no channel`,
        remedy: `take on.${event} out`,
      }),
    ),
    ...(waited.length === 1 && waited[0] === name
      ? []
      : [
          said(file, ["on", "workflow_run", "workflows"], {
            message: `does not wait for ${PUBLISHING_WORKFLOW} alone`,
            remedy: `write on.workflow_run.workflows: [${typeof name === "string" ? name : "up"}]`,
          }),
        ]),
    ...different.map(([key, type]) =>
      said(file, ["on", "workflow_dispatch", "inputs", key], {
        message: `takes no ${key} of type ${type} by hand`,
        remedy: `write on.workflow_dispatch.inputs.${key} with type: ${type}`,
      }),
    ),
    ...(mapOf(inputs["channel"])["default"] === MAIN_BRANCH
      ? []
      : [
          said(file, ["on", "workflow_dispatch", "inputs", "channel", "default"], {
            message: `is for ${JSON.stringify(mapOf(inputs["channel"])["default"] ?? null)} unless another channel is chosen`,
            remedy: `write on.workflow_dispatch.inputs.channel.default: ${MAIN_BRANCH}`,
          }),
        ]),
    ...surplus.map((key) =>
      said(file, ["on", "workflow_dispatch", "inputs", key], {
        message: `takes an input ${key}, which no job reads`,
        remedy: `take ${key} out`,
      }),
    ),
  ];
}

function jobFindings(job: TreeJob): readonly TreeFinding[] {
  const form = formOf(job);
  if (form === undefined) return [];
  return [
    ...surplusKeys(job.file, job.path, job.value, JOB_KEYS, KIND),
    ...ofCondition(job, form),
    ...ofMachine(job),
    ...ofQueue(job, form),
    ...ofSteps(job, form),
  ];
}

function ofCondition(job: TreeJob, { demands }: RefreshForm): readonly TreeFinding[] {
  const given = demandsOf(job.value["if"]);
  const missing = demands.filter((demand) => given?.includes(demand) !== true);
  if (missing.length === 0 && given?.length === demands.length) return [];
  return [
    said(job.file, [...job.path, ...(job.value["if"] === undefined ? [] : ["if"])], {
      message:
        missing.length === 0
          ? `job ${job.name} demands more than it is for, so that publications pass runners over`
          : `job ${job.name} does not look what started it: its if: lacks ${missing.join(", ")}`,
      remedy: `write if: ${demands.join(" && ")}`,
    }),
  ];
}

/** One job for each pair of the catalogue's, on that pair's own runner; one that fails stops no other. */
function ofMachine(job: TreeJob): readonly TreeFinding[] {
  const strategy = mapOf(job.value["strategy"]);
  const path = [...job.path, "strategy"];
  return [
    ...(spaced(job.value["runs-on"] ?? null) === "${{ matrix.runner }}"
      ? []
      : [
          said(job.file, [...job.path, "runs-on"], {
            message: `job ${job.name} runs on ${JSON.stringify(job.value["runs-on"] ?? null)}, which is not the runner that its image is for`,
            remedy: "write runs-on: ${{ matrix.runner }}",
          }),
        ]),
    ...(strategy["fail-fast"] === false
      ? []
      : [
          said(job.file, [...path, "fail-fast"], {
            message: `job ${job.name} cancels every image when one fails`,
            remedy: "write fail-fast: false",
          }),
        ]),
    ...surplusKeys(job.file, path, strategy, STRATEGY_KEYS, KIND),
    ...surplusKeys(job.file, [...path, "matrix"], mapOf(strategy["matrix"]), ["include"], KIND),
  ];
}

/** A refresh that is cut off leaves nothing broken, and what it fetched it fetched for little. */
function ofQueue(job: TreeJob, { group }: RefreshForm): readonly TreeFinding[] {
  const queue = mapOf(job.value["concurrency"]);
  const path = [...job.path, "concurrency"];
  return [
    ...(spaced(queue["group"] ?? null) === group
      ? []
      : [
          said(job.file, [...path, "group"], {
            message: `job ${job.name} does not wait for those of its runner, image and channel, and for those alone`,
            remedy: `write group: ${group}`,
          }),
        ]),
    ...Object.keys(queue)
      .filter((key) => key !== "group")
      .map((key) =>
        said(job.file, [...path, key], {
          message: `job ${job.name} has ${key} in its concurrency; a refresh that runs is not cancelled, and of those that wait the last one is enough`,
          remedy: `take ${key} out`,
        }),
      ),
  ];
}

function ofSteps(job: TreeJob, { steps }: RefreshForm): readonly TreeFinding[] {
  const index = steps.findIndex((wanted, at) => !isWantedStep(job.steps[at], wanted));
  const different = index < 0 && job.steps.length > steps.length ? steps.length : index;
  if (different < 0) return [];
  const step = job.steps[different];
  const wanted = steps[different];
  return [
    said(job.file, step?.path ?? job.path, {
      message: `job ${job.name} has ${step === undefined ? "no" : "another"} step ${different + 1} than a refresh, beside the role and the runner's images`,
      remedy:
        wanted === undefined ? "take the step out" : `write the step ${wantedStepText(wanted)}`,
    }),
  ];
}

function said(
  file: TreeFile,
  path: YamlPath,
  finding: Pick<TreeFinding, "message" | "remedy">,
): TreeFinding {
  return findingAt(file, path, { rule: KIND.rule, ...finding });
}
