import { roleName } from "./role-names.ts";
import { type DeclaredRole, declaredRoles } from "./roles.ts";
import { ROLE_VARIABLES } from "./stack-outputs.ts";
import type { Grant } from "./trust-policy.ts";
import { ASSUME } from "./workflow-safety-credentials.ts";
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

/** `${{ vars.NAME }}`, `${{ vars['NAME'] }}` */
const VARIABLE = /^\s*\$\{\{\s*vars(?:\.(\w+)|\[\s*'(\w+)'\s*\])\s*\}\}\s*$/i;
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
        const assumed = assumedBy(step);
        if (assumed === undefined) return [];
        const role = roleOf(assumed);
        if (role === undefined) return otherRole(job, step, assumed);
        const untrusted = trust(job, step, role);
        // How long it would last is nothing to mend where it is the wrong role.
        return untrusted.length > 0 ? untrusted : session(job, step, role);
      }),
    ),
  );
}

/** What a step says of the role that it assumes. */
function assumedBy({ uses = "", value }: TreeStep): string | undefined {
  const assumed = mapOf(value["with"])["role-to-assume"];
  return uses.startsWith(ASSUME) && typeof assumed === "string" ? assumed : undefined;
}

/** The role of the stack that is meant: by the variable that tells its ARN, or by the ARN or name itself. */
function roleOf(assumed: string): DeclaredRole | undefined {
  const variable = variableIn(assumed);
  const name = assumed.trim().split("/").at(-1);
  return ROLES.find(
    ({ key }) =>
      ROLE_VARIABLES[key] === variable || (!assumed.includes("${{") && roleName(key) === name),
  );
}

/**
 * A role that is none of the stack's by its name, where the stack's credentials are, or one that only GitHub can tell
 * and that may be the stack's.
 */
function otherRole(job: TreeJob, { path }: TreeStep, assumed: string): readonly TreeFinding[] {
  const own = ROLES.filter(({ grants }) => grants.some((grant) => isGranted(job, grant)));
  const isCredentialed = own.some(({ grants }) =>
    grants.some((grant) => grantedEnvironment(grant) !== undefined),
  );
  const mayBeOwn = Object.values(ROLE_VARIABLES).some((variable) =>
    assumed.toUpperCase().includes(variable),
  );
  if (!isCredentialed && !mayBeOwn) return [];
  // Of a name that begins as the stack's do and is none, the rule of variables tells.
  const name = variableIn(assumed);
  if (name?.startsWith("SLIPWAY_") === true) return [];
  const [variable = "NAME"] = own.map(({ key }) => ROLE_VARIABLES[key]);
  return [
    findingAt(job.file, [...path, "with", "role-to-assume"], {
      rule: "roles",
      message: `job ${job.name} assumes ${assumed}, of which nobody can tell whose role it is and for how long it may be assumed`,
      remedy: `write role-to-assume: \${{ vars.${variable} }}`,
    }),
  ];
}

/** The name of the variable that a text is, and nothing else, in capitals as GitHub keeps it. */
function variableIn(text: string): string | undefined {
  const [, name, other] = VARIABLE.exec(text) ?? [];
  return (name ?? other)?.toUpperCase();
}

function trust(job: TreeJob, { path }: TreeStep, role: DeclaredRole): readonly TreeFinding[] {
  if (role.grants.some((grant) => isGranted(job, grant))) return [];
  const where = role.grants.map(grantText).join(" or ");
  return [
    findingAt(job.file, path, {
      rule: "roles",
      message: `job ${job.name} assumes the ${role.key} role, which trusts ${where}; the job enters ${environmentOf(job) ?? "none"} here`,
      remedy: "assume it there, or change the grant in rules/roles.ts",
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
