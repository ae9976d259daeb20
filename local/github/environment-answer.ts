import { simpleUser, team } from "./accounts.ts";
import { nodeIdOf } from "./identifiers.ts";
import type { Environment, Repository } from "./store.ts";

/**
 * An environment as GitHub shows it. A protection rule is listed only while it does something: a wait timer above
 * zero, at least one reviewer, a branch policy.
 */
export function environmentAnswer(
  root: string,
  { owner, name: repository }: Repository,
  environment: Environment,
): object {
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
    protection_rules: protectionRules(root, owner, environment),
    deployment_branch_policy:
      deploymentBranchPolicy === null
        ? null
        : {
            protected_branches: deploymentBranchPolicy === "protected",
            custom_branch_policies: deploymentBranchPolicy === "custom",
          },
  };
}

function protectionRules(root: string, owner: string, environment: Environment): object[] {
  const { waitTimer, reviewers, preventSelfReview, deploymentBranchPolicy } = environment;
  const rules: object[] = [];
  if (waitTimer > 0) {
    rules.push({ ...ruleHead(environment, 1), type: "wait_timer", wait_timer: waitTimer });
  }
  if (reviewers.length > 0) {
    rules.push({
      ...ruleHead(environment, 2),
      type: "required_reviewers",
      prevent_self_review: preventSelfReview,
      reviewers: reviewers.map(({ type, id }) => ({
        type,
        reviewer:
          type === "User" ? simpleUser(root, `user-${id}`, "User", id) : team(root, owner, id),
      })),
    });
  }
  if (deploymentBranchPolicy !== null) {
    rules.push({ ...ruleHead(environment, 3), type: "branch_policy" });
  }
  return rules;
}

/** An environment has at most one rule of each kind, so their ids follow from its own. */
function ruleHead({ id }: Environment, kind: 1 | 2 | 3): object {
  const ruleId = id * 10 + kind;
  return { id: ruleId, node_id: nodeIdOf("Gate", ruleId) };
}
