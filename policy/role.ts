import { boundaryName, ROLE_PATH, roleName } from "../rules/role-names.ts";
import { sessionProblem } from "../rules/trust-policy.ts";
import { readStatements } from "./document.ts";
import { selfEscalations } from "./escalation.ts";
import { type Finding, type PolicyResource, type ResourcePolicy, UNKNOWN } from "./policy.ts";
import { TYPES } from "./types.ts";
import { isList, notKnown, textsIn } from "./values.ts";

/** What an action that changes nothing begins with. ECR's word for "is this layer here" is BatchCheck. */
const READING = /^[a-z0-9-]+:(?:Get|List|Describe|Head|BatchGet|BatchCheck)[A-Za-z]*$/;

/** What roles may do, and for how long. */
export const rolePolicies: readonly ResourcePolicy[] = [
  {
    name: "role-session-is-bounded",
    severity: "medium",
    description: "A session of a role lasts an hour to twelve.",
    remediation: "Write maxSessionDuration in seconds, from 3600 to 43200.",
    types: [TYPES.role],
    *violations({ properties: { maxSessionDuration: seconds } }) {
      if (seconds === UNKNOWN) yield notKnown("maxSessionDuration");
      // AWS's own default is an hour.
      else if (seconds !== undefined && seconds !== null) {
        const problem = sessionProblem(Number(seconds));
        if (problem !== undefined) yield problem;
      }
    },
  },
  {
    name: "role-has-a-boundary",
    severity: "high",
    description:
      "A role carries a permissions boundary, so that whatever is attached to it later cannot do more than roles of the stack are for.",
    remediation:
      "Write permissionsBoundary: the ARN of slipway-workflow-boundary (rules/boundary.ts), as WorkflowRole does.",
    types: [TYPES.role],
    *violations({ properties: { permissionsBoundary: boundary } }) {
      if (boundary === UNKNOWN) yield notKnown("permissionsBoundary");
      else if (typeof boundary !== "string" || boundary === "") yield "has no permissions boundary";
    },
  },
  {
    name: "role-is-under-the-path",
    severity: "medium",
    description: `Roles lie under ${ROLE_PATH}, the only path below which a deploy may make and change roles.`,
    remediation: `Write path: "${ROLE_PATH}".`,
    types: [TYPES.role],
    *violations({ properties: { path = "/" } }) {
      if (path === UNKNOWN) yield notKnown("path");
      else if (typeof path !== "string" || !path.startsWith(ROLE_PATH)) {
        yield `lies under ${JSON.stringify(path)}`;
      }
    },
  },
  {
    name: "role-has-its-own-policy-alone",
    severity: "high",
    description:
      "A role has the one policy that is written for it: what is attached beside it nobody reads together with the rest, and AWS changes its own policies whenever it likes.",
    remediation: "Add what the job needs to the role's permissions in rules/permissions*.ts.",
    types: [TYPES.role, TYPES.attachment, TYPES.attachments],
    *violations({ type, properties }) {
      if (type === TYPES.attachment) yield "attaches a managed policy";
      for (const key of ["managedPolicyArns", "policyArns"]) {
        const arns = properties[key];
        if (arns === UNKNOWN) yield notKnown(key);
        else if (isList(arns) && arns.length > 0) yield `attaches ${textsIn(arns).join(", ")}`;
      }
    },
  },
  {
    name: "permissions-name-actions",
    severity: "critical",
    description:
      "What is allowed is named: no action of all services or of all of one, no NotAction and no NotResource, which allow whatever AWS adds tomorrow.",
    remediation: "Name the actions and resources that the job needs, as rules/permissions*.ts do.",
    types: [TYPES.rolePolicy, TYPES.managedPolicy],
    *violations(policy) {
      const read = readStatements(policy, "policy");
      if ("finding" in read) {
        yield read.finding;
        return;
      }
      for (const { name, allows, actions, exceptions } of read.document) {
        if (!allows) continue;
        for (const exception of exceptions) yield `${name}: Allow with ${exception}`;
        for (const action of actions.filter(isWholeService)) yield `${name}: allows ${action}`;
      }
    },
  },
  {
    name: "read-only-role-writes-nothing",
    severity: "critical",
    description:
      "The role of the runners reads: every job of the cache workflow has it, so that whatever it could write, all of them could.",
    remediation:
      "Take the action away, or give it to the push role, which only jobs of the publishing environment assume.",
    types: [TYPES.rolePolicy],
    *violations(policy) {
      const known = isOf(policy, "role", roleName("read-only"));
      if (known !== true) {
        yield* known;
        return;
      }
      const read = readStatements(policy, "policy");
      if ("finding" in read) {
        yield read.finding;
        return;
      }
      for (const { name, allows, actions } of read.document) {
        if (!allows) continue;
        for (const action of actions.filter((one) => !READING.test(one))) {
          yield `${name}: allows ${action}, which is not only reading`;
        }
      }
    },
  },
  {
    name: "deploy-role-cannot-raise-itself",
    severity: "critical",
    description:
      "The deploy role makes and changes the other roles, with their boundary on, and never itself, a boundary, a boundary's versions, or anybody outside its path: else one deploy is every right of the account.",
    remediation:
      "Deny it by name, and allow role writes under /slipway/ only where iam:PermissionsBoundary equals the workflow boundary, as rules/permissions-deploy.ts does; the same holds for the deploy role's own boundary.",
    types: [TYPES.rolePolicy, TYPES.managedPolicy],
    *violations(policy) {
      const known =
        policy.type === TYPES.rolePolicy
          ? isOf(policy, "role", roleName("deploy"))
          : isOf(policy, "name", boundaryName("deploy"));
      if (known !== true) {
        yield* known;
        return;
      }
      const read = readStatements(policy, "policy");
      if ("finding" in read) yield read.finding;
      else yield* selfEscalations(read.document);
    },
  },
];

/** `*`, `ecr:*`, and whatever else leaves no letter of an action's name. */
function isWholeService(action: string): boolean {
  return /^(?:\*|[^:]*:[*?]*)$/.test(action);
}

/** Whether a property has a value; what is to be said instead, where it has not. */
function isOf(
  { properties }: PolicyResource,
  key: "role" | "name",
  value: string,
): true | Finding[] {
  if (properties[key] === UNKNOWN) return [notKnown(key)];
  return properties[key] === value ? true : [];
}
