import type { RoleKey } from "./role-names.ts";
import { type DeclaredRole, declaredRoles } from "./roles.ts";
import { ROLE_VARIABLES } from "./stack-outputs.ts";
import type { Grant } from "./trust-policy.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type TreeStep,
} from "./workflow-tree.ts";

const ASSUME = "aws-actions/configure-aws-credentials@";
/** What is left of a session for a job's beginning and end. */
const SPARE_MINUTES = 5;

/** Neither sessions nor grants depend on the account or the repository. */
const ROLES: readonly DeclaredRole[] = declaredRoles({
  repository: { owner: "owner", name: "repository" },
  account: { accountId: "000000000000", region: "us-east-1" },
  ecrRepositories: [],
  buckets: [],
});

/**
 * Jobs assume a role where its trust lets them, for as long as its session may last, and end before that. The action's
 * own default is an hour.
 * @see https://github.com/aws-actions/configure-aws-credentials#session-tagging-and-name
 */
export function roleFindings(files: readonly TreeFile[]): readonly TreeFinding[] {
  return files.flatMap((file) =>
    jobsOf(file).flatMap((job) =>
      job.steps.flatMap((step) => {
        const role = roleOf(step);
        return role === undefined ? [] : [...trust(job, step, role), ...session(job, step, role)];
      }),
    ),
  );
}

/** The role that a step assumes, by the variable that tells its ARN. */
function roleOf({ uses = "", value }: TreeStep): DeclaredRole | undefined {
  const assumed = mapOf(value["with"])["role-to-assume"];
  if (!uses.startsWith(ASSUME) || typeof assumed !== "string") return undefined;
  const name = /^\$\{\{\s*vars\.(\w+)\s*\}\}$/.exec(assumed)?.[1]?.toUpperCase();
  const [key] = Object.entries(ROLE_VARIABLES).find(([, variable]) => variable === name) ?? [];
  return ROLES.find((role) => role.key === (key as RoleKey | undefined));
}

function trust(job: TreeJob, { path }: TreeStep, role: DeclaredRole): readonly TreeFinding[] {
  if (role.grants.some((grant) => isGranted(job, grant))) return [];
  const where = role.grants.map(grantText).join(" or ");
  return [
    findingAt(job.file, path, {
      rule: "roles",
      message: `job ${job.name} assumes the ${role.key} role, which trusts ${where}; the job ${jobText(job)}`,
      remedy: "do it there, or change the grant in rules/roles.ts",
    }),
  ];
}

function isGranted(job: TreeJob, grant: Grant): boolean {
  const { jobWorkflowRef } = grant;
  // The subject of a job in an environment names that and no branch.
  if (grantedEnvironment(grant) !== environmentOf(job)) return false;
  return jobWorkflowRef === undefined || fileOf(jobWorkflowRef) === job.file.file;
}

/** `.github/workflows/up.yml` of `pytorch/pytorch/.github/workflows/up.yml@refs/heads/main`. */
function fileOf(jobWorkflowRef: string): string {
  return /^[^/]+\/[^/]+\/(.*)@/.exec(jobWorkflowRef)?.[1] ?? jobWorkflowRef;
}

function grantedEnvironment(grant: Grant): string | undefined {
  return "environment" in grant ? grant.environment : undefined;
}

function grantText(grant: Grant): string {
  const { jobWorkflowRef } = grant;
  const environment = grantedEnvironment(grant);
  const where = environment === undefined ? "no environment" : `environment ${environment}`;
  return jobWorkflowRef === undefined ? where : `${where} of ${fileOf(jobWorkflowRef)}`;
}

function jobText(job: TreeJob): string {
  const environment = environmentOf(job);
  return `enters ${environment ?? "none"} in ${job.file.file}`;
}

function session(job: TreeJob, step: TreeStep, role: DeclaredRole): readonly TreeFinding[] {
  const { maxSessionSeconds: longest } = role;
  const path = [...step.path, "with", "role-duration-seconds"];
  const seconds = mapOf(step.value["with"])["role-duration-seconds"];
  const limit = job.value["timeout-minutes"];
  const minutes = Math.floor(longest / 60) - SPARE_MINUTES;
  return [
    ...(Number(seconds) === longest
      ? []
      : [
          findingAt(
            job.file,
            path,
            {
              rule: "role-duration",
              message: `job ${job.name} assumes the ${role.key} role for ${seconds === undefined ? "3600 seconds, the action's default" : `${JSON.stringify(seconds)} seconds`}; its session lasts ${longest}`,
              remedy: `write role-duration-seconds: ${longest}`,
            },
            [{ kind: "set", path, value: longest }],
          ),
        ]),
    ...(typeof limit !== "number" || limit * 60 < longest
      ? []
      : [
          findingAt(
            job.file,
            [...job.path, "timeout-minutes"],
            {
              rule: "role-duration",
              message: `job ${job.name} may take ${limit} minutes, and the ${role.key} role's session ends after ${longest / 60}`,
              remedy: `write timeout-minutes: ${minutes}`,
            },
            [{ kind: "set", path: [...job.path, "timeout-minutes"], value: minutes }],
          ),
        ]),
  ];
}
