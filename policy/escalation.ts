import {
  BOUNDARY_KEYS,
  boundaryName,
  ROLE_KEYS,
  ROLE_PATH,
  roleName,
} from "../rules/role-names.ts";
import { conditionValues, coversAction, coversResource, type Statement } from "./document.ts";
import type { Value } from "./policy.ts";
import { isMap } from "./values.ts";

const SELF = `role${ROLE_PATH}${roleName("deploy")}`;
/** The stack's other roles. */
const OTHERS = ROLE_KEYS.filter((key) => key !== "deploy").map(
  (key) => `role${ROLE_PATH}${roleName(key)}`,
);
/** Roles that the stack does not own. */
const OUTSIDE = ["role/admin", "role/aws-service-role/admin"];
const BOUNDARIES = BOUNDARY_KEYS.map((key) => `policy${ROLE_PATH}${boundaryName(key)}`);
const BOUNDARY_KEY = "iam:PermissionsBoundary";

/** What changes what a role can do or who has it. */
const ROLE_WRITES = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:DeleteRole",
  "iam:DeleteRolePermissionsBoundary",
  "iam:DeleteRolePolicy",
  "iam:DetachRolePolicy",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
  "iam:UpdateAssumeRolePolicy",
  "iam:UpdateRole",
] as const;
/** Those that give a role rights, and that AWS tells the boundary of. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate */
const RIGHTS = [
  "iam:AttachRolePolicy",
  "iam:CreateRole",
  "iam:PutRolePermissionsBoundary",
  "iam:PutRolePolicy",
] as const;
const BOUNDARY_WRITES = [
  "iam:CreatePolicyVersion",
  "iam:DeletePolicy",
  "iam:DeletePolicyVersion",
  "iam:SetDefaultPolicyVersion",
] as const;
/** What makes or becomes somebody else who has rights. */
const IDENTITIES = [
  "iam:AddUserToGroup",
  "iam:AttachGroupPolicy",
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateUser",
  "iam:PassRole",
  "iam:PutGroupPolicy",
  "iam:PutUserPolicy",
  "sts:AssumeRole",
] as const;

/** The ways in which a role with these permissions gets more of them, each once. */
export function selfEscalations(statements: readonly Statement[]): ReadonlySet<string> {
  return new Set([
    ...writesToRoles(statements),
    ...writesToBoundaries(statements),
    ...IDENTITIES.flatMap((action) =>
      statements
        .filter((one) => one.allows && coversAction(one, action))
        .map(({ name }) => `${name}: allows ${action}`),
    ),
  ]);
}

function* writesToRoles(statements: readonly Statement[]): Iterable<string> {
  for (const action of ROLE_WRITES) {
    const by = allowing(statements, action, [SELF]);
    if (by !== undefined) yield `${by.name}: allows ${action} on the deploy role itself`;
    const wide = allowing(statements, action, OUTSIDE);
    if (wide !== undefined) yield `${wide.name}: allows ${action} outside ${ROLE_PATH}`;
  }
  for (const action of RIGHTS) {
    for (const by of statements.filter((one) => one.allows && coversAction(one, action))) {
      const open = OTHERS.some(
        (role) =>
          coversResource(by, role) &&
          !isDenied(statements, action, role) &&
          !isBounded(by, statements, action, role),
      );
      if (open) yield `${by.name}: allows ${action} on a role without the workflow boundary`;
    }
  }
}

function* writesToBoundaries(statements: readonly Statement[]): Iterable<string> {
  for (const action of BOUNDARY_WRITES) {
    const by = allowing(statements, action, BOUNDARIES);
    if (by !== undefined) yield `${by.name}: allows ${action} on a boundary`;
  }
  const by = allowing(statements, "iam:DeleteRolePermissionsBoundary", OTHERS);
  if (by !== undefined) yield `${by.name}: allows to take a role's boundary away`;
}

function covers(statement: Statement, action: string, resource: string): boolean {
  return coversAction(statement, action) && coversResource(statement, resource);
}

/** A statement that allows an action on one of the resources, whatever its conditions, and that no other takes back. */
function allowing(
  statements: readonly Statement[],
  action: string,
  resources: readonly string[],
): Statement | undefined {
  const open = resources.filter((resource) => !isDenied(statements, action, resource));
  return statements.find(
    (one) => one.allows && open.some((resource) => covers(one, action, resource)),
  );
}

/** Whether a statement denies something under no condition. */
function isDenied(statements: readonly Statement[], action: string, resource: string): boolean {
  return statements.some(
    (one) => !one.allows && covers(one, action, resource) && isEmpty(one.conditions),
  );
}

/** Whether an action is only allowed, or denied for others than, roles with the boundary for workflows. */
function isBounded(
  by: Statement,
  statements: readonly Statement[],
  action: string,
  role: string,
): boolean {
  return (
    isBoundary(conditionValues(by, "StringEquals", BOUNDARY_KEY)) ||
    statements.some(
      (one) =>
        !one.allows &&
        covers(one, action, role) &&
        isBoundary(conditionValues(one, "StringNotEquals", BOUNDARY_KEY)),
    )
  );
}

function isBoundary(arns: readonly string[]): boolean {
  const end = `:policy${ROLE_PATH}${boundaryName("workflow")}`;
  return arns.length > 0 && arns.every((arn) => arn.endsWith(end) && !/[*?]/.test(arn));
}

function isEmpty(conditions: Value): boolean {
  return isMap(conditions) && Object.keys(conditions).length === 0;
}
