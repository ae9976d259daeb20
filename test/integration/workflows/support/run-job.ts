/* One job: what it may do, what it gets, its steps. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Permissions } from "../../../../local/github/store-accounts.ts";
import { type Contexts, fieldValue, interpolate } from "./expressions.ts";
import { type IdTokens, serveIdTokens } from "./id-tokens.ts";
import { pulledImage } from "./container-image.ts";
import { describeCloudTo } from "./job-cloud.ts";
import { JobSpace } from "./job-space.ts";
import type { Combination } from "./matrix.ts";
import { githubContext, type RunContext } from "./run-context.ts";
import { mapValues, runSteps } from "./run-steps.ts";
import type { JobTrace } from "./trace.ts";
import type { Job, Workflow } from "./workflow-tree.ts";

export interface JobCall {
  readonly run: RunContext;
  readonly workflow: Workflow;
  readonly id: string;
  readonly job: Job;
  /** Of the jobs that it needs. */
  readonly needs: Readonly<Record<string, unknown>>;
  readonly matrix: Combination;
  /** Of all jobs of its matrix. */
  readonly index: number;
  readonly total: number;
}

/** The trace of a job that did nothing. */
export function jobWithoutSteps(
  id: string,
  name: string,
  end: Pick<JobTrace, "result" | "why" | "environment">,
): JobTrace {
  return {
    ...{ id, name, runsOn: [], permissions: {}, roles: [], appTokens: [], secrets: [], steps: [] },
    ...{ processes: [], outputs: {}, summary: "", seconds: 0 },
    ...end,
  };
}

export async function runJob(call: JobCall): Promise<JobTrace> {
  const { run, workflow, id, job, needs, matrix } = call;
  const started = performance.now();
  const permissions = grantedPermissions(job.permissions ?? workflow.permissions, run);
  const { hosting } = run;
  const shared = (await hosting?.scope()) ?? { secrets: {}, variables: {} };
  const strategy = { "job-index": call.index, "job-total": call.total, "fail-fast": false };
  const basic = { github: githubContext(run), needs, matrix, strategy, inputs: run.inputs };
  const runsOn = [job["runs-on"]].flat().map((label) => interpolate(label, basic));
  const name = jobName(call, { ...basic, vars: shared.variables });
  const environment =
    job.environment && interpolate(job.environment.name, { ...basic, vars: shared.variables });
  const entered =
    environment === undefined ? undefined : await hosting?.enter(environment, run.ref);
  if (environment !== undefined && entered === undefined) {
    throw new Error(`${id}: an environment needs a cloud that has it`);
  }
  if (entered !== undefined && "refused" in entered) {
    const why = entered.refused;
    return {
      ...jobWithoutSteps(id, name, { result: "failure", why, environment: environment ?? "" }),
      ...{ permissions, runsOn },
    };
  }
  const vars = { ...shared.variables, ...entered?.variables };
  // A pull request of a fork has no secret; what its environment refuses is told above.
  const own = run.fromFork ? {} : { ...shared.secrets, ...entered?.secrets };
  const folder = join(run.folder, `${id}-${call.index}`);
  const token = await jobToken(run, permissions);
  const idTokens = await idTokensOf(run, permissions, environment);
  const space = await JobSpace.make(
    run,
    id,
    folder,
    hosting &&
      (await describeCloudTo(hosting.cloud, join(folder, "cloud"), {
        token,
        isTrusted: run.event !== "pull_request" && !runsOthersCode(run, permissions),
      })),
    { permissions, environment, runsOn, given: idTokens?.variables ?? {} },
  );
  const asked = idTokens?.variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] ?? "";
  for (const secret of [...Object.values(own), token, asked]) space.masks.add(secret);
  const github = { ...basic.github, token, workspace: space.workspace, job: id };
  const secrets = { ...own, GITHUB_TOKEN: token };
  const contexts: Contexts = { ...basic, github, vars, secrets, job: { status: "success" } };
  const image = job.container && interpolate(job.container, { ...basic, vars });
  const env = {
    ...(image !== undefined && (await containerVariables(run, image))),
    ...mapValues(workflow.env ?? {}, (value) =>
      interpolate(value, { github, vars, secrets, inputs: run.inputs }),
    ),
    ...mapValues(job.env ?? {}, (value) => interpolate(value, { ...basic, github, vars, secrets })),
  };
  const minutes = Number(fieldValue(job["timeout-minutes"], { ...basic, vars }));
  const deadline = Date.now() + minutes * 60_000;
  const end = await runSteps(space, {
    steps: job.steps,
    contexts,
    env,
    depth: 0,
    deadline,
  }).finally(() => idTokens?.close());
  const told = mapValues(job.outputs ?? {}, (value) =>
    interpolate(value, { ...contexts, runner: space.runner, env, steps: end.steps }),
  );
  // GitHub leaves out an output that holds a secret, and says so in a log that nobody reads.
  const hidden = Object.keys(told).filter((key) => space.masks.isIn(told[key] ?? ""));
  const outputs = Object.fromEntries(Object.entries(told).filter(([key]) => !hidden.includes(key)));
  const why = end.timedOut
    ? `The job has exceeded the maximum execution time of ${minutes} minutes`
    : hidden.length > 0
      ? `Skip output '${hidden.join(", ")}' since it may contain secret`
      : undefined;
  return {
    ...{ id, name, runsOn, permissions, outputs },
    result: end.timedOut ? "cancelled" : end.result,
    ...(why !== undefined && { why }),
    ...(environment !== undefined && { environment }),
    ...{ roles: space.roles, appTokens: space.appTokens, secrets: Object.keys(own).sort() },
    ...{ steps: space.steps, processes: space.processes, summary: space.summary },
    seconds: (performance.now() - started) / 1000,
  };
}

/** Of a fork's pull request all that is left of a right to write is the right to read, and of an id-token nothing. */
function grantedPermissions(
  asked: Readonly<Record<string, string>>,
  { fromFork }: RunContext,
): Record<string, string> {
  const granted = Object.entries(asked).filter(([, level]) => level !== "none");
  if (!fromFork) return Object.fromEntries(granted);
  return Object.fromEntries(
    granted.filter(([scope]) => scope !== "id-token").map(([scope]) => [scope, "read"]),
  );
}

/** Of jobs that the end of another run starts, one that may only read contents is there for what others wrote. */
function runsOthersCode(
  { event }: RunContext,
  permissions: Readonly<Record<string, string>>,
): boolean {
  return event === "workflow_run" && Object.keys(permissions).join() === "contents";
}

async function idTokensOf(
  run: RunContext,
  permissions: Readonly<Record<string, string>>,
  environment: string | undefined,
): Promise<IdTokens | undefined> {
  if (run.hosting === undefined || permissions["id-token"] !== "write") return undefined;
  return serveIdTokens(run.hosting.cloud, run, environment);
}

/** Without those by which it finds its own programs: steps run beside it. */
async function containerVariables({ hosting }: RunContext, image: string) {
  if (hosting === undefined) throw new Error("an image needs a cloud that has it");
  const variables = await pulledImage(hosting.cloud, image);
  return Object.fromEntries(Object.entries(variables).filter(([name]) => name !== "PATH"));
}

function jobName({ id, job, matrix }: JobCall, contexts: Contexts): string {
  if (job.name !== undefined) return interpolate(job.name, contexts);
  const values = Object.values(matrix);
  return values.length === 0 ? id : `${id} (${values.map(String).join(", ")})`;
}

/** The job's own token, which the emulator knows with its permissions. */
async function jobToken(
  { hosting }: RunContext,
  permissions: Readonly<Record<string, string>>,
): Promise<string> {
  const token = `ghs_${randomBytes(18).toString("hex")}`;
  await hosting?.machinery.putToken({ token, permissions: Permissions.parse(permissions) });
  return token;
}
