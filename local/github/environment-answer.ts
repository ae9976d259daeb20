import { simpleUser, userById } from "./accounts.ts";
import { nodeIdOf } from "./identifiers.ts";
import type { Environment, Repository, State } from "./store.ts";
import { teamAnswer, teamById } from "./teams.ts";

/** What an environment's answer is made from besides the environment. */
export interface AnswerContext {
  readonly root: string;
  readonly organization: string;
  readonly state: State;
}

/**
 * An environment as GitHub shows it. A protection rule is listed only while it does something: a wait timer above
 * zero, at least one reviewer, a branch policy.
 */
export function environmentAnswer(
  context: AnswerContext,
  { owner, name: repository }: Repository,
  environment: Environment,
): object {
  const { root } = context;
  const { id, name, deploymentBranchPolicy } = environment;
  const page = `${root}/${owner}/${repository}/deployments/activity_log`;
  return {
    id,
    node_id: nodeIdOf("Environment", id),
    name,
    url: `${root}/repos/${owner}/${repository}/environments/${encodeURIComponent(name)}`,
    html_url: `${page}?environments_filter=${encodeURIComponent(name)}`,
    created_at: environment.createdAt,
    updated_at: environment.updatedAt,
    can_admins_bypass: environment.canAdminsBypass,
    protection_rules: protectionRules(context, environment),
    deployment_branch_policy:
      deploymentBranchPolicy === null
        ? null
        : {
            protected_branches: deploymentBranchPolicy === "protected",
            custom_branch_policies: deploymentBranchPolicy === "custom",
          },
  };
}

function protectionRules(context: AnswerContext, environment: Environment): object[] {
  const { waitTimer, preventSelfReview, deploymentBranchPolicy } = environment;
  const reviewers = environment.reviewers.flatMap((one) => reviewerAnswer(context, one) ?? []);
  const rules: object[] = [];
  if (waitTimer > 0) {
    rules.push({ ...ruleHead(environment, 1), type: "wait_timer", wait_timer: waitTimer });
  }
  if (reviewers.length > 0) {
    rules.push({
      ...ruleHead(environment, 2),
      type: "required_reviewers",
      prevent_self_review: preventSelfReview,
      reviewers,
    });
  }
  if (deploymentBranchPolicy !== null) {
    rules.push({ ...ruleHead(environment, 3), type: "branch_policy" });
  }
  return rules;
}

/** A reviewer as GitHub shows it, or nothing when there is no such account, or a team without access to the repository. */
export function reviewerAnswer(
  { root, organization, state }: AnswerContext,
  { type, id }: Environment["reviewers"][number],
): object | undefined {
  if (type === "Team") {
    const team = teamById(organization, id);
    return team?.hasAccess ? { type, reviewer: teamAnswer(root, organization, team) } : undefined;
  }
  const login = userById(state, organization, id);
  return login === undefined ? undefined : { type, reviewer: simpleUser(root, login, type) };
}

/** An environment has at most one rule of each kind, so their ids follow from its own. */
function ruleHead({ id }: Environment, kind: 1 | 2 | 3): object {
  const ruleId = id * 10 + kind;
  return { id: ruleId, node_id: nodeIdOf("Gate", ruleId) };
}
