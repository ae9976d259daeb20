import type { Answer, Call, Handlers } from "./api.ts";
import { environmentAnswer, reviewerAnswer, type AnswerContext } from "./environment-answer.ts";
import { unprocessable } from "./github-error.ts";
import { generateKeyPair } from "./key-pairs.ts";
import { environmentIn, parameter, removeByName, repositoryIn, sameName } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import { timestamp, timestampAfter } from "./store-times.ts";
import type { Environment, State, Store } from "./store.ts";

/** The body of a write, as the description has it: what is absent stays as it is, `null` clears. */
interface EnvironmentRequest {
  /** Minutes. */
  readonly wait_timer?: number;
  readonly prevent_self_review?: boolean;
  readonly can_admins_bypass?: boolean;
  readonly reviewers?: { type: "User" | "Team"; id: number }[] | null;
  readonly deployment_branch_policy?: {
    readonly protected_branches: boolean;
    readonly custom_branch_policies: boolean;
  } | null;
}

/**
 * Environments of a repository. A reviewer that does not exist or has no access to the repository is left out without a
 * word, as GitHub does. Deleting one deletes its deployment policies, secrets and variables; one made
 * again under the same name has a new id and a new key pair.
 * @see https://docs.github.com/rest/deployments/environments
 * @see https://github.com/eclipse-csi/otterdog/issues/556 a team without access
 * @see https://github.com/integrations/terraform-provider-github/issues/1166 the same
 */
export function environmentHandlers(organization: string, store: Store): Handlers {
  const context = ({ root }: Call): AnswerContext => ({ root, organization, state: store.state });
  return {
    "repos/get-all-environments": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const { items, headers } = pageOf(call, repository.environments, PAGES_OF_30);
      const environments = items.map((item) => environmentAnswer(context(call), repository, item));
      const body = { total_count: repository.environments.length, environments };
      return { status: 200, headers, body };
    },
    "repos/get-environment": (call: Call): Answer => {
      const repository = repositoryIn(store.state, call);
      const environment = environmentIn(store.state, call);
      return { status: 200, body: environmentAnswer(context(call), repository, environment) };
    },
    "repos/create-or-update-environment": (call: Call): Answer => {
      store.change((draft) =>
        update(findOrCreate(draft, call), call.body as EnvironmentRequest, context(call)),
      );
      const repository = repositoryIn(store.state, call);
      const environment = environmentIn(store.state, call);
      return { status: 200, body: environmentAnswer(context(call), repository, environment) };
    },
    "repos/delete-an-environment": (call: Call): Answer => {
      store.change((draft) => {
        removeByName(repositoryIn(draft, call).environments, parameter(call, "environment_name"));
      });
      return { status: 204 };
    },
  };
}

/** Longest name of an environment. */
const LONGEST_NAME = 255;

function findOrCreate(draft: State, call: Call): Environment {
  const { environments } = repositoryIn(draft, call);
  const name = parameter(call, "environment_name");
  const existing = environments.find((environment) => sameName(environment.name, name));
  if (existing !== undefined) {
    existing.updatedAt = timestampAfter(existing.updatedAt);
    return existing;
  }
  if (name.length > LONGEST_NAME) {
    throw unprocessable(`Name is too long (maximum is ${LONGEST_NAME} characters)`);
  }
  const now = timestamp();
  const created: Environment = {
    id: draft.nextId++,
    name,
    createdAt: now,
    updatedAt: now,
    waitTimer: 0,
    reviewers: [],
    preventSelfReview: false,
    canAdminsBypass: true,
    deploymentBranchPolicy: null,
    deploymentPolicies: [],
    keyPair: generateKeyPair(),
    secrets: [],
    variables: [],
  };
  environments.push(created);
  return created;
}

function update(
  environment: Environment,
  request: EnvironmentRequest,
  context: AnswerContext,
): void {
  environment.waitTimer = request.wait_timer ?? environment.waitTimer;
  environment.canAdminsBypass = request.can_admins_bypass ?? environment.canAdminsBypass;
  if (request.reviewers !== undefined) {
    environment.reviewers = (request.reviewers ?? [])
      .filter((reviewer) => reviewerAnswer(context, reviewer) !== undefined)
      .map(({ type, id }) => ({ type, id }));
  }
  environment.preventSelfReview = preventSelfReview(environment, request.prevent_self_review);
  const { deployment_branch_policy: policy } = request;
  if (policy === undefined) return;
  environment.deploymentBranchPolicy = deploymentBranchPolicy(policy);
  if (environment.deploymentBranchPolicy !== "custom") environment.deploymentPolicies = [];
}

/** @see https://github.com/github-community-projects/safe-settings/issues/628 */
function preventSelfReview(environment: Environment, requested: boolean | undefined): boolean {
  if (environment.reviewers.length > 0) return requested ?? environment.preventSelfReview;
  if (requested === true) {
    throw unprocessable(
      "Failed to create or update the environment protection rule. " +
        "Required reviewers must have at least one reviewer to set prevent_self_review.",
    );
  }
  return false;
}

function deploymentBranchPolicy(
  requested: NonNullable<EnvironmentRequest["deployment_branch_policy"]> | null,
): Environment["deploymentBranchPolicy"] {
  if (requested === null) return null;
  if (requested.protected_branches === requested.custom_branch_policies) {
    throw unprocessable(
      '"custom_branch_policies" and "protected_branches" cannot have the same value',
    );
  }
  return requested.custom_branch_policies ? "custom" : "protected";
}
