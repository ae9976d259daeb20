/* Stacks whose roles, environments, secrets or rulesets are not safe. */
import { TYPES } from "../../../policy/types.ts";
import {
  add,
  allow,
  alter,
  type Change,
  edit,
  editTrust,
  remove,
  set,
  without,
} from "./changes.ts";

/** A stack with one fault. */
export interface BadStack {
  /** Ends "the policies refuse a stack ...". */
  readonly stack: string;
  /** The one policy that it breaks. */
  readonly policy: string;
  readonly change: Change;
}

const GITHUB = "token.actions.githubusercontent.com";
const [AUD, SUB] = [`${GITHUB}:aud`, `${GITHUB}:sub`];
const ACCOUNT = "arn:aws:iam::308535385114";
const DEPLOY = `${ACCOUNT}:role/slipway/gha_workflow_slipway_deploy`;

/** Sets one key under an operator, alone. */
const like = (sub: string) => (conditions: Record<string, Record<string, unknown>>) => {
  without(conditions["StringEquals"]!, SUB);
  conditions["StringLike"] = { [SUB]: sub };
};

const trust: readonly BadStack[] = [
  {
    stack: "whose push role trusts every environment of the repository",
    policy: "trust-has-no-hole",
    change: editTrust("push-role", (conditions) => {
      like("repo:pytorch/pytorch:environment:*")(conditions);
      without(conditions["StringEquals"]!, `${GITHUB}:environment`);
    }),
  },
  {
    stack: "whose read-only role trusts every repository of the owner",
    policy: "trust-has-no-hole",
    change: editTrust("read-only-role", (conditions) => {
      like("repo:pytorch/*:ref:refs/heads/main")(conditions);
      without(conditions["StringEquals"]!, `${GITHUB}:repository_id`);
    }),
  },
  {
    stack: "whose read-only role trusts every branch and tag",
    policy: "trust-has-no-hole",
    change: editTrust("read-only-role", like("repo:pytorch/pytorch:ref:*")),
  },
  {
    stack: "whose drift role asks for no audience",
    policy: "trust-has-no-hole",
    change: editTrust("drift-role", (conditions) => without(conditions["StringEquals"]!, AUD)),
  },
  {
    stack: "whose deploy role compares by ForAllValues, which holds for a token without the claim",
    policy: "trust-has-no-hole",
    change: editTrust("deploy-role", (conditions) => {
      conditions["ForAllValues:StringEquals"] = conditions["StringEquals"]!;
      without(conditions, "StringEquals");
    }),
  },
  {
    stack: "whose read-only role trusts pull requests",
    policy: "trust-has-no-hole",
    change: editTrust("read-only-role", (conditions) => {
      conditions["StringEquals"]![SUB] = "repo:pytorch/pytorch:pull_request";
    }),
  },
  {
    stack: "whose push role trusts everybody",
    policy: "trust-has-no-hole",
    change: edit("push-role", "assumeRolePolicy", (document) => {
      const [statement] = document["Statement"] as Record<string, unknown>[];
      statement!["Principal"] = "*";
    }),
  },
  {
    stack: "whose push role trusts an environment of another repository",
    policy: "trust-is-in-the-stacks-repository",
    change: editTrust("push-role", (conditions) => {
      conditions["StringEquals"]![SUB] = "repo:pytorch-evil/pytorch:environment:docker-build";
      without(conditions["StringEquals"]!, `${GITHUB}:repository_id`);
    }),
  },
  {
    stack: "whose OIDC provider takes tokens that are made for others",
    policy: "oidc-provider-is-for-aws-alone",
    change: add(TYPES.oidcProvider, {
      url: `https://${GITHUB}`,
      clientIdLists: ["sts.amazonaws.com", "https://github.com/pytorch"],
    }),
  },
];

const roles: readonly BadStack[] = [
  {
    stack: "whose read-only role lasts for two days",
    policy: "role-session-is-bounded",
    change: set("read-only-role", { maxSessionDuration: 172_800 }),
  },
  {
    stack: "whose push role has no permissions boundary",
    policy: "role-has-a-boundary",
    change: set("push-role", { permissionsBoundary: undefined }),
  },
  {
    stack: "whose drift role lies where deploys may not change it",
    policy: "role-is-under-the-path",
    change: set("drift-role", { path: undefined }),
  },
  {
    stack: "whose push role has a policy of AWS's besides its own",
    policy: "role-has-its-own-policy-alone",
    change: set("push-attachments", {
      policyArns: ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess"],
    }),
  },
  {
    stack: "that attaches the administrator's policy to a role",
    policy: "role-has-its-own-policy-alone",
    change: add(TYPES.attachment, {
      role: "gha_workflow_docker_push",
      policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
    }),
  },
  {
    stack: "whose push role may do everything on ECR",
    policy: "permissions-name-actions",
    change: allow("push-policy", { Action: "ecr:*" }),
  },
  {
    stack: "whose drift role may do everything but a few things",
    policy: "permissions-name-actions",
    change: allow("drift-policy", { NotAction: ["iam:CreateUser"] }),
  },
  {
    stack: "whose push role may push to every repository but some",
    policy: "permissions-name-actions",
    change: edit("push-policy", "policy", (document) => {
      const all = document["Statement"] as Record<string, unknown>[];
      all.push({
        Effect: "Allow",
        Action: "ecr:PutImage",
        NotResource: "arn:aws:ecr:us-east-1:308535385114:repository/secret",
      });
    }),
  },
  {
    stack: "whose boundary for workflows bounds nothing",
    policy: "permissions-name-actions",
    change: allow("workflow-boundary-policy", { Action: "*" }),
  },
  {
    stack: "whose read-only role may write objects to a bucket",
    policy: "read-only-role-writes-nothing",
    change: allow("read-only-policy", { Action: ["s3:PutObject"] }),
  },
  {
    stack: "whose read-only role may push by a wildcard",
    policy: "read-only-role-writes-nothing",
    change: allow("read-only-policy", { Action: ["ecr:Pu*"] }),
  },
  {
    stack: "whose deploy role may change itself",
    policy: "deploy-role-cannot-raise-itself",
    change: allow("deploy-policy", { Action: "iam:PutRolePolicy", Resource: DEPLOY }),
  },
  {
    stack: "whose deploy role may write a new version of a boundary",
    policy: "deploy-role-cannot-raise-itself",
    change: allow("deploy-policy", {
      Action: ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"],
      Resource: `${ACCOUNT}:policy/slipway/*`,
    }),
  },
  {
    stack: "whose deploy role may make roles without the boundary",
    policy: "deploy-role-cannot-raise-itself",
    change: edit("deploy-policy", "policy", (document) => {
      for (const statement of document["Statement"] as Record<string, unknown>[]) {
        if (statement["Sid"] === "BoundedRoles") delete statement["Condition"];
      }
    }),
  },
  {
    stack: "whose deploy role may make roles with any boundary under its path",
    policy: "deploy-role-cannot-raise-itself",
    change: edit("deploy-policy", "policy", (document) => {
      for (const statement of document["Statement"] as Record<string, unknown>[]) {
        if (statement["Sid"] !== "BoundedRoles") continue;
        statement["Condition"] = {
          StringLike: { "iam:PermissionsBoundary": `${ACCOUNT}:policy/slipway/*` },
        };
      }
    }),
  },
  {
    stack: "whose deploy role may take boundaries off",
    policy: "deploy-role-cannot-raise-itself",
    change: allow("deploy-policy", {
      Action: "iam:DeleteRolePermissionsBoundary",
      Resource: `${ACCOUNT}:role/slipway/gha_workflow_docker_push`,
    }),
  },
  {
    stack: "whose deploy role's own boundary lets it give itself rights",
    policy: "deploy-role-cannot-raise-itself",
    change: allow("deploy-boundary-policy", { Action: "iam:PassRole", Resource: "*" }),
  },
  {
    stack: "whose deploy role may change roles that are not the stack's",
    policy: "deploy-role-cannot-raise-itself",
    change: allow("deploy-policy", {
      Action: "iam:UpdateAssumeRolePolicy",
      Resource: `${ACCOUNT}:role/*`,
    }),
  },
  {
    stack: "whose deploy role may make users with keys",
    policy: "deploy-role-cannot-raise-itself",
    change: allow("deploy-policy", { Action: ["iam:CreateUser", "iam:CreateAccessKey"] }),
  },
];

const environments: readonly BadStack[] = [
  {
    stack: "with an environment without any deployment policy",
    policy: "environment-has-a-policy",
    change: set("docker-build-environment", { policies: [] }),
  },
  {
    stack: "with a stock environment that every branch may enter",
    policy: "environment-has-a-policy",
    change: add(TYPES.stockEnvironment, {
      repository: "pytorch",
      environment: "preview",
      canAdminsBypass: false,
    }),
  },
  {
    stack: "with an environment that administrators enter as they like",
    policy: "environment-binds-administrators",
    change: add(TYPES.stockEnvironment, {
      repository: "pytorch",
      environment: "preview",
      deploymentBranchPolicy: { customBranchPolicies: true, protectedBranches: false },
    }),
  },
  {
    stack: "that is applied without anybody's review",
    policy: "deploy-environment-has-reviewers",
    change: set("docker-deploy-environment", { users: [], teams: [] }),
  },
  {
    stack: "that release branches may apply",
    policy: "deploy-environment-admits-main-alone",
    change: alter("docker-deploy-environment", ({ properties }) => ({
      properties: { ...properties, policies: [{ kind: "branch", pattern: "release/*" }] },
    })),
  },
  {
    stack: "with a secret in an environment that any branch may enter",
    policy: "open-environment-holds-no-secret",
    change: (plan) =>
      add(
        TYPES.environmentSecret,
        { environment: "open", name: "T" },
        { secrets: new Set() },
      )(
        add(TYPES.environment, {
          repository: "pytorch/pytorch",
          environment: "open",
          policies: [{ kind: "branch", pattern: "**/*" }],
        })(
          // It is behind a ruleset, and open all the same.
          add(TYPES.ruleset, {
            target: "branch",
            enforcement: "active",
            conditions: { refName: { includes: ["~ALL"], excludes: [] } },
            rules: { creation: true, update: true, deletion: true, nonFastForward: true },
          })(plan),
        ),
      ),
  },
];

const secrets: readonly BadStack[] = [
  {
    stack: "with a secret as a variable",
    policy: "variable-holds-no-secret",
    change: alter("workflows-SLIPWAY_AWS_REGION", () => ({ secrets: new Set(["value"]) })),
  },
  {
    stack: "with a token as a variable, under a harmless name",
    policy: "variable-holds-no-secret",
    change: set("workflows-SLIPWAY_AWS_REGION", { value: `ghp_${"a1B2".repeat(9)}` }),
  },
  {
    stack: "with a password as a variable of an environment",
    policy: "variable-holds-no-secret",
    change: add(TYPES.environmentVariable, {
      environment: "docker-build",
      variableName: "DOCKER_PASSWORD",
      value: "correct-horse-7-battery",
    }),
  },
  {
    stack: "with a secret that is given in clear",
    policy: "secret-inputs-are-marked",
    change: alter("docker-build-secret-DOCKER_TOKEN", ({ properties }) => ({
      properties: { ...properties, value: "hunter2" },
      secrets: new Set(["api"]),
    })),
  },
  {
    stack: "with a secret whose value is in the state",
    policy: "secret-value-is-not-in-the-state",
    change: add(TYPES.stockEnvironmentSecret, {
      environment: "docker-build",
      secretName: "OTHER",
      value: "hunter2",
    }),
  },
  {
    stack: "with a double of an environment's secret at the repository",
    policy: "secret-is-in-its-environment-alone",
    change: add(TYPES.stockSecret, { secretName: "docker_token", encryptedValue: "c2VhbGVk" }),
  },
];

const rulesets: readonly BadStack[] = [
  {
    stack: "whose release branches anybody may make",
    policy: "refs-are-behind-rulesets",
    change: remove("refs-release-branches"),
  },
  {
    stack: "whose rulesets leave one branch out",
    policy: "refs-are-behind-rulesets",
    change: set("refs-release-branches", {
      conditions: {
        refName: { includes: ["refs/heads/release/**/*"], excludes: ["refs/heads/release/9"] },
      },
    }),
  },
  {
    stack: "whose version tags anybody may move",
    policy: "refs-are-behind-rulesets",
    change: set("refs-version-tags", {
      rules: { creation: true, update: false, deletion: true, nonFastForward: true },
    }),
  },
  {
    stack: "whose main may be deleted and made anew",
    policy: "refs-are-behind-rulesets",
    change: set("refs-main", { rules: { deletion: false, nonFastForward: true } }),
  },
  {
    stack: "with a ruleset that is only evaluated",
    policy: "ruleset-is-active",
    // Another one of the same patterns is active.
    change: add(TYPES.ruleset, {
      target: "branch",
      enforcement: "evaluate",
      conditions: { refName: { includes: ["refs/heads/main"], excludes: [] } },
      rules: { deletion: true, nonFastForward: true },
    }),
  },
  {
    stack: "with a ruleset that everybody with write access goes past",
    policy: "ruleset-is-left-to-teams",
    change: set("refs-release-branches", {
      bypassActors: [{ actorId: 4, actorType: "RepositoryRole", bypassMode: "always" }],
    }),
  },
];

export const badAccess: readonly BadStack[] = [
  ...trust,
  ...roles,
  ...environments,
  ...secrets,
  ...rulesets,
];
