import type { Answer, Call, Handlers } from "./api.ts";
import { notFound, unprocessable } from "./github-error.ts";
import { nodeIdOf } from "./identifiers.ts";
import { environmentIn, parameter } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import type { Environment, State, Store } from "./store.ts";

type DeploymentPolicy = Environment["deploymentPolicies"][number];

/** The body of a write, as the description has it; `type` counts at creation only. */
interface DeploymentPolicyRequest {
  /** Pattern of branch or tag names: `release/*`. */
  readonly name: string;
  readonly type?: "branch" | "tag";
}

/**
 * Which branches and tags may deploy to an environment. All of these answer 404 unless the environment has
 * `custom_branch_policies`.
 * @see https://docs.github.com/rest/deployments/branch-policies
 * @see https://github.com/github-community-projects/safe-settings/issues/746
 */
export function deploymentPolicyHandlers(store: Store): Handlers {
  return {
    "repos/list-deployment-branch-policies": (call: Call): Answer => {
      const policies = policiesIn(store.state, call);
      const { items, headers } = pageOf(call, policies, PAGES_OF_30);
      const body = { total_count: policies.length, branch_policies: items.map(policyAnswer) };
      return { status: 200, headers, body };
    },
    "repos/get-deployment-branch-policy": (call: Call): Answer => ({
      status: 200,
      body: policyAnswer(policyIn(policiesIn(store.state, call), call)),
    }),
    "repos/create-deployment-branch-policy": (call: Call): Answer => {
      const { name, type = "branch" } = call.body as DeploymentPolicyRequest;
      if (hasPolicy(policiesIn(store.state, call), name, type)) return alreadyExists(call);
      const created = store.change((draft) => {
        const policy = { id: draft.nextId++, name, type };
        policiesIn(draft, call).push(policy);
        return policy;
      });
      return { status: 200, body: policyAnswer(created) };
    },
    "repos/update-deployment-branch-policy": (call: Call): Answer => {
      const { name } = call.body as DeploymentPolicyRequest;
      const updated = store.change((draft) => {
        const policies = policiesIn(draft, call);
        const policy = policyIn(policies, call);
        const others = policies.filter((other) => other !== policy);
        if (hasPolicy(others, name, policy.type)) throw unprocessable("Name already exists");
        policy.name = name;
        return policy;
      });
      return { status: 200, body: policyAnswer(updated) };
    },
    "repos/delete-deployment-branch-policy": (call: Call): Answer => {
      store.change((draft) => {
        const policies = policiesIn(draft, call);
        policies.splice(policies.indexOf(policyIn(policies, call)), 1);
      });
      return { status: 204 };
    },
  };
}

function policiesIn(state: State, call: Call): DeploymentPolicy[] {
  const environment = environmentIn(state, call);
  if (environment.deploymentBranchPolicy !== "custom") throw notFound();
  return environment.deploymentPolicies;
}

function policyIn(policies: readonly DeploymentPolicy[], call: Call): DeploymentPolicy {
  const id = Number(parameter(call, "branch_policy_id"));
  const found = policies.find((policy) => policy.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function hasPolicy(
  policies: readonly DeploymentPolicy[],
  name: string,
  type: DeploymentPolicy["type"],
): boolean {
  return policies.some((policy) => policy.name === name && policy.type === type);
}

/**
 * A pattern that is already there is not an error: GitHub answers 303, and a client that follows it reads
 * something without an `id`. Here that is the list of policies.
 * @see https://github.com/integrations/terraform-provider-github/issues/3611
 */
function alreadyExists(call: Call): Answer {
  return { status: 303, headers: { location: `${call.root}${call.path}` } };
}

function policyAnswer({ id, name, type }: DeploymentPolicy): object {
  return { id, node_id: nodeIdOf("GateBranchPolicy", id), name, type };
}
