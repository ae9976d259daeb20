import { roleName, type RoleKey } from "../../rules/role-names.ts";
import { type ActionsVariableName, ROLE_VARIABLES } from "../../rules/stack-outputs.ts";
import type { Expectations } from "./expectations.ts";
import type { FileFinding } from "./finding.ts";
import type { Job, Place } from "./place.ts";

const ROLES = Object.keys(ROLE_VARIABLES) as readonly RoleKey[];
/** What GitHub or a shell puts into a text. */
const COMPUTED = String.raw`\$\{\{(?:(?!\}\}).)*\}\}|\$\{\w+\}|\$\w+`;
/** A role by its ARN, of which the account may be anything, or by what stands at the ARN's end. */
const ROLE = new RegExp(
  String.raw`(?:arn:(?:${COMPUTED}|[\w-])+:iam::((?:${COMPUTED}|[\w*-])*):|(?<![\w/-]))role/([\w+=,.@/-]*\w)`,
  "g",
);
const ECR_HOST = new RegExp(
  String.raw`(\d{12}|${COMPUTED})\.dkr\.ecr\.([a-z\d-]+|${COMPUTED})\.amazonaws\.com(?:\.cn)?`,
  "g",
);
const ACCOUNT_ID = /^\d{12}$/;
const REGION_KEYS = ["AWS_DEFAULT_REGION", "AWS_REGION"];
type Account = NonNullable<Expectations["account"]>;

/**
 * The stack's own values that a text has written out; those of other accounts are not the stack's to give.
 * @param assuming the jobs that assume a role which may be of the stack's account
 */
export function hardCoded(
  place: Place,
  { account, variables }: Expectations,
  assuming: ReadonlySet<Job | undefined>,
): readonly FileFinding[] {
  if (account === undefined) return [];
  const { text, path } = place;
  const found: FileFinding[] = [];
  const add = (offset: number, part: string, what: string, variable: ActionsVariableName) => {
    if (!variables.has(variable)) return;
    found.push({
      kind: "hard-coded",
      ...place.at(offset, part),
      message: `${part} is ${what}`,
      remedy: insteadOf(variable, place),
    });
  };
  for (const { 0: arn, 1: id, 2: name, index } of text.matchAll(ROLE)) {
    const role = isOfAnother(id, account) ? undefined : roleNamed(name?.split("/").at(-1));
    if (role) add(index, arn, `the stack's ${role} role`, ROLE_VARIABLES[role]);
  }
  const role = path.at(-1) === "role-to-assume" && roleNamed(text);
  if (role) add(0, text, `the stack's ${role} role`, ROLE_VARIABLES[role]);
  for (const match of text.matchAll(ECR_HOST)) {
    if (!isOwnHost(account, match)) continue;
    add(match.index, match[0], "the stack's ECR registry", "SLIPWAY_ECR_REGISTRY");
  }
  if (text === account.region && isRegionOfRole(place, account, assuming)) {
    add(0, text, "the stack's region", "SLIPWAY_AWS_REGION");
  }
  return found;
}

/** The jobs with a step that assumes a role which may be of the stack's account; undefined for steps of an action. */
export function assumingJobs(
  places: readonly Place[],
  { account }: Expectations,
): ReadonlySet<Job | undefined> {
  const roles = places.filter(({ path }) => path.at(-1) === "role-to-assume");
  return new Set(
    roles
      .filter(({ text }) => account === undefined || !isRoleOfAnother(text, account))
      .map(({ job }) => job),
  );
}

/** Whether a text says in which region a role is used: beside the role, or for every step of a job that assumes one. */
function isRegionOfRole(
  { path, beside, job }: Place,
  account: Account,
  assuming: ReadonlySet<Job | undefined>,
): boolean {
  const key = path.at(-1) ?? "";
  if (key === "aws-region") {
    const assumed = beside.get("role-to-assume");
    return assumed !== undefined && !isRoleOfAnother(assumed, account);
  }
  if (path.at(-2) !== "env" || !REGION_KEYS.includes(key)) return false;
  return job === undefined ? assuming.size > 0 : assuming.has(job);
}

/**
 * Whether a host is that of the stack's ECR registry: of its account and region, of which one may be computed. With both of
 * them computed, nothing of the stack is written out.
 */
function isOwnHost(
  { accountId, region }: Account,
  [, id = "", hostRegion = ""]: RegExpExecArray,
): boolean {
  const isComputed = (part: string) => part.startsWith("$");
  const isOfAccount = id === accountId;
  const isInRegion = hostRegion === region;
  return (
    (isOfAccount || isInRegion) &&
    (isOfAccount || isComputed(id)) &&
    (isInRegion || isComputed(hostRegion))
  );
}

function isRoleOfAnother(text: string, account: Account): boolean {
  return [...text.matchAll(ROLE)].some(([, id]) => isOfAnother(id, account));
}

/** Whether the account of an ARN is written out, and not the stack's. */
function isOfAnother(id: string | undefined, { accountId }: Account): boolean {
  return id !== undefined && ACCOUNT_ID.test(id) && id !== accountId;
}

function roleNamed(name: string | undefined): RoleKey | undefined {
  return ROLES.find((key) => roleName(key) === name);
}

function insteadOf(variable: ActionsVariableName, { path }: Place): string {
  const expression = `\${{ vars.${variable} }}`;
  if (path.at(-1) !== "run") return `write ${expression}`;
  return `give the step env: { ${variable}: ${expression} } and write "$${variable}"`;
}
