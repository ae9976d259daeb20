import { ecrHost } from "../../rules/aws-partition.ts";
import { roleName, type RoleKey } from "../../rules/role-names.ts";
import { type ActionsVariableName, ROLE_VARIABLES } from "../../rules/stack-outputs.ts";
import type { Expectations } from "./expectations.ts";
import type { FileFinding } from "./finding.ts";
import type { Place } from "./workflow-file.ts";

const ROLES = Object.keys(ROLE_VARIABLES) as readonly RoleKey[];
const ROLE_ARN = /arn:aws[a-z-]*:iam::(\d{12}):role\/([\w+=,.@/-]+)/g;

/** The stack's own values that a text has written out; those of other accounts are not the stack's to give. */
export function hardCoded(place: Place, { account }: Expectations): readonly FileFinding[] {
  if (account === undefined) return [];
  const { text, path, beside } = place;
  const found: FileFinding[] = [];
  const add = (offset: number, part: string, what: string, variable: ActionsVariableName) =>
    found.push({
      kind: "hard-coded",
      ...place.at(offset, part),
      message: `${part} is ${what}`,
      remedy: insteadOf(variable, place),
    });
  for (const { 0: arn, 1: id, 2: name, index } of text.matchAll(ROLE_ARN)) {
    const role = id === account.accountId && roleNamed(name?.split("/").at(-1));
    if (role) add(index, arn, `the stack's ${role} role`, ROLE_VARIABLES[role]);
  }
  const key = path.at(-1);
  const role = key === "role-to-assume" && roleNamed(text);
  if (role) add(0, text, `the stack's ${role} role`, ROLE_VARIABLES[role]);
  const host = ecrHost(account.accountId, account.region);
  for (let at = text.indexOf(host); at >= 0; at = text.indexOf(host, at + host.length)) {
    add(at, host, "the stack's ECR registry", "SLIPWAY_ECR_REGISTRY");
  }
  const assumed = beside.get("role-to-assume");
  const ofAnother = [...(assumed ?? "").matchAll(ROLE_ARN)].some(
    ([, id]) => id !== account.accountId,
  );
  if (key === "aws-region" && text === account.region && assumed !== undefined && !ofAnother) {
    add(0, text, "the stack's region", "SLIPWAY_AWS_REGION");
  }
  return found;
}

function roleNamed(name: string | undefined): RoleKey | undefined {
  return ROLES.find((key) => roleName(key) === name);
}

function insteadOf(variable: ActionsVariableName, { path }: Place): string {
  const expression = `\${{ vars.${variable} }}`;
  if (path.at(-1) !== "run") return `write ${expression}`;
  return `give the step env: { ${variable}: ${expression} } and write "$${variable}"`;
}
