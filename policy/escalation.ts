import { boundaryName, ROLE_PATH, roleName } from "../rules/role-names.ts";
import { coversAction, coversResource, demanded, type Statement } from "./document.ts";

const SELF = `role${ROLE_PATH}${roleName("deploy")}`;
/** Any other role of the stack. */
const OTHER = `role${ROLE_PATH}${roleName("push")}`;
/** Roles that the stack does not own. */
const OUTSIDE = ["role/admin", "role/aws-service-role/admin"];
const BOUNDARIES = (["workflow", "deploy"] as const).map(
  (key) => `policy${ROLE_PATH}${boundaryName(key)}`,
);

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
/** What makes somebody else who has rights. */
const IDENTITIES = [
  "iam:AddUserToGroup",
  "iam:AttachGroupPolicy",
  "iam:AttachUserPolicy",
  "iam:CreateAccessKey",
  "iam:CreateLoginProfile",
  "iam:CreateUser",
  "iam:PutGroupPolicy",
  "iam:PutUserPolicy",
] as const;

/** The ways in which a role with these permissions gets more of them. */
export function* selfEscalations(statements: readonly Statement[]): Iterable<string> {
  for (const action of ROLE_WRITES) {
    const by = allowing(statements, action, SELF);
    if (by !== undefined) yield `${by.name}: allows ${action} on the deploy role itself`;
    for (const outside of OUTSIDE) {
      const wide = allowing(statements, action, outside);
      if (wide === undefined) continue;
      yield `${wide.name}: allows ${action} outside ${ROLE_PATH}`;
      break;
    }
  }
  for (const action of BOUNDARY_WRITES) {
    for (const boundary of BOUNDARIES) {
      const by = allowing(statements, action, boundary);
      if (by !== undefined) yield `${by.name}: allows ${action} on the boundary ${boundary}`;
    }
  }
  const removing = allowing(statements, "iam:DeleteRolePermissionsBoundary", OTHER);
  if (removing !== undefined) yield `${removing.name}: allows to take a role's boundary away`;
  for (const action of RIGHTS) {
    for (const by of statements.filter((one) => one.allows && covers(one, action, OTHER))) {
      if (isDenied(statements, action, OTHER) || isBounded(by)) continue;
      yield `${by.name}: allows ${action} on a role without the workflow boundary`;
    }
  }
  for (const action of IDENTITIES) {
    const by = statements.find((one) => one.allows && coversAction(one, action));
    if (by !== undefined) yield `${by.name}: allows ${action}`;
  }
}

function covers(statement: Statement, action: string, resource: string): boolean {
  return coversAction(statement, action) && coversResource(statement, resource);
}

/** A statement that allows something, whatever its conditions, and that no other takes back. */
function allowing(
  statements: readonly Statement[],
  action: string,
  resource: string,
): Statement | undefined {
  if (isDenied(statements, action, resource)) return undefined;
  return statements.find((one) => one.allows && covers(one, action, resource));
}

/** Whether a statement denies something under no condition. */
function isDenied(statements: readonly Statement[], action: string, resource: string): boolean {
  return statements.some(
    (one) => !one.allows && covers(one, action, resource) && isUnconditional(one),
  );
}

function isUnconditional({ conditions }: Statement): boolean {
  return (
    typeof conditions === "object" && conditions !== null && Object.keys(conditions).length === 0
  );
}

/** Whether a statement holds only for roles that carry the boundary for workflows. */
function isBounded(statement: Statement): boolean {
  const wanted = demanded(statement, "iam:PermissionsBoundary");
  const end = `:policy${ROLE_PATH}${boundaryName("workflow")}`;
  return wanted.length > 0 && wanted.every((arn) => arn.endsWith(end) && !/[*?]/.test(arn));
}
