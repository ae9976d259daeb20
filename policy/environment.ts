import { admitsAnyBranch } from "../rules/declared-environments.ts";
import { MAIN_BRANCH } from "../rules/names.ts";
import { DEPLOY_ENVIRONMENT } from "../rules/refs.ts";
import { readEnvironments } from "./environments.ts";
import {
  type Finding,
  NotJudged,
  type PolicyResource,
  type ResourcePolicy,
  type StackPolicy,
  UNKNOWN,
  type Value,
} from "./policy.ts";
import { TYPES } from "./types.ts";
import { holdsUnknown, inside, isList, notKnown } from "./values.ts";

const BOTH = [TYPES.environment, TYPES.stockEnvironment];

/** GitHub environments, which hold the secrets and which AWS trusts. */
export const environmentPolicies: readonly ResourcePolicy[] = [
  {
    name: "environment-has-a-policy",
    severity: "critical",
    description:
      "An environment names the refs that may enter: one without a deployment policy gives its secrets to every branch.",
    remediation:
      "Write at least one of `branches` and `tags` in slipway:environments; in a stock RepositoryEnvironment, deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false } with a RepositoryEnvironmentDeploymentPolicy for each ref.",
    types: BOTH,
    *violations(environment) {
      if (environment.type === TYPES.stockEnvironment) {
        yield* stockPolicy(environment);
        return;
      }
      const { policies } = environment.properties;
      if (policies === UNKNOWN) yield notKnown("policies");
      else if (!isList(policies) || policies.length === 0) yield "has no deployment policy";
    },
  },
  {
    name: "environment-binds-administrators",
    severity: "high",
    description:
      "Administrators of the repository wait for reviewers and enter from the named refs as everybody does.",
    remediation:
      "Write canAdminsBypass: false; the default of a stock RepositoryEnvironment is true.",
    types: BOTH,
    *violations({ type, properties: { canAdminsBypass } }) {
      if (canAdminsBypass === UNKNOWN) {
        // Slipway's own resource has no such input: what it makes never admits them.
        if (type === TYPES.stockEnvironment) yield notKnown("canAdminsBypass");
      } else if (canAdminsBypass ?? type === TYPES.stockEnvironment) {
        yield "administrators enter it without any reviewer";
      }
    },
  },
  {
    name: "deploy-environment-has-reviewers",
    severity: "high",
    description: `Whatever runs in ${DEPLOY_ENVIRONMENT} applies the stack, roles and secrets included, and so waits for a reviewer.`,
    remediation: `Write environments.${DEPLOY_ENVIRONMENT}: { teams: [...] } in the stack's file.`,
    types: BOTH,
    *violations(environment) {
      const { environment: name } = environment.properties;
      if (name === UNKNOWN) yield notKnown("environment");
      if (name !== DEPLOY_ENVIRONMENT) return;
      yield* reviewers(environment);
    },
  },
  {
    name: "deploy-environment-admits-main-alone",
    severity: "critical",
    description: `Nothing but ${MAIN_BRANCH} enters ${DEPLOY_ENVIRONMENT}: its role writes roles.`,
    remediation: `Leave the refs of ${DEPLOY_ENVIRONMENT} to rules/declared-environments.ts.`,
    types: [TYPES.environment],
    *violations(environment) {
      const { environment: name } = environment.properties;
      if (name === UNKNOWN) yield notKnown("environment");
      if (name !== DEPLOY_ENVIRONMENT) return;
      const { policies } = environment.properties;
      if (policies === UNKNOWN) yield notKnown("policies");
      for (const policy of isList(policies) ? policies : []) {
        const kind = inside(policy, "kind");
        const pattern = inside(policy, "pattern");
        if (kind === UNKNOWN || pattern === UNKNOWN) yield notKnown("policies");
        else if (kind !== "branch" || pattern !== MAIN_BRANCH) {
          yield `admits ${JSON.stringify(kind)} ${JSON.stringify(pattern)}`;
        }
      }
    },
  },
];

/** GitHub environments, as far as other resources tell. */
export const environmentStackPolicies: readonly StackPolicy[] = [
  {
    name: "open-environment-holds-no-secret",
    severity: "critical",
    description:
      "An environment that branches of any name may enter holds no secret: whoever may push could read it.",
    remediation:
      "Name the branches in the environment's policies, or put the secret into an environment that does.",
    *stackViolations(resources) {
      for (const environment of readEnvironments(resources)) {
        const { resource, name, policies, secrets, maybeMore } = environment;
        if (secrets.length === 0 && !maybeMore) continue;
        if (policies instanceof NotJudged) {
          yield { resource, finding: policies };
        } else if (!admitsAnyBranch(policies)) {
          continue;
        } else if (secrets.length === 0) {
          yield { resource, finding: notKnown("the environment of a secret") };
        } else {
          const finding = `${name} admits any branch and holds ${secrets.join(", ")}`;
          yield { resource, finding };
        }
      }
    },
  },
];

function* stockPolicy({ properties }: PolicyResource): Iterable<Finding> {
  const policy = properties["deploymentBranchPolicy"];
  const modes = ["customBranchPolicies", "protectedBranches"].map((key) => inside(policy, key));
  if (modes.includes(true)) return;
  if (holdsUnknown(policy)) yield notKnown("deploymentBranchPolicy");
  else yield "has no deployment policy";
}

function* reviewers({ type, properties }: PolicyResource): Iterable<Finding> {
  const found: readonly (Value | undefined)[] =
    type === TYPES.environment
      ? [properties["users"], properties["teams"]]
      : (isList(properties["reviewers"]) ? properties["reviewers"] : []).flatMap((one) => [
          inside(one, "users"),
          inside(one, "teams"),
        ]);
  if (found.some((list) => isList(list) && list.length > 0)) return;
  const unknown = properties["reviewers"] === UNKNOWN || found.includes(UNKNOWN);
  yield unknown ? notKnown("who reviews") : "has no reviewers";
}
