import { isDeepStrictEqual } from "node:util";
import { unlessGone } from "../github/faults.ts";
import { ProblemsError, UserError } from "../rules/problems.ts";
import type { RefPattern } from "../rules/refs.ts";
import { type EnvironmentInputs, policyKey } from "./environment-inputs.ts";
import type { GithubRepository } from "./github-access.ts";
import {
  type FoundSettings,
  listPolicies,
  observeEnvironment,
  observeSettings,
  type Reviewer,
} from "./observe-environment.ts";
import { resolveReviewers } from "./reviewers.ts";

type Settings = Pick<FoundSettings, "reviewers" | "waitTimer" | "preventSelfReview">;

/**
 * Makes an environment what it should be, whatever it was, so that at no moment more may enter than before or than wanted:
 * first the settings, never looser than they were while refs may enter that will not; then the policies that are missing;
 * then those too many go; then settings become looser. What is done already is left alone, so that after a fault the same
 * call goes on where this one ended.
 * @throws UserError
 */
export async function putEnvironment(
  at: GithubRepository,
  wanted: EnvironmentInputs,
): Promise<void> {
  const { environment } = wanted;
  const { reviewers, problems } = await resolveReviewers(at, wanted);
  if (problems.length > 0) throw new ProblemsError(`reviewers of ${environment}`, problems);
  const { waitTimer, preventSelfReview } = wanted;
  const settings: Settings = { reviewers, waitTimer, preventSelfReview };
  const keys = new Set(wanted.policies.map(policyKey));
  const before = await observeEnvironment(at, environment);
  // From another mode GitHub may bring back policies of long ago, so that what may enter is not known before the switch.
  const narrows =
    before?.branchPolicy !== "custom" ||
    before.policies.some((policy) => !keys.has(policyKey(policy)));
  const strict = before !== undefined && narrows ? stricter(settings, before) : settings;
  await putSettings(at, environment, strict);
  // Looked at again, because GitHub may drop or bring back policies when it changes the mode.
  const found = await listPolicies(at, environment);
  const present = new Set(found.map(policyKey));
  for (const policy of wanted.policies) {
    if (!present.has(policyKey(policy))) await addPolicy(at, environment, policy);
  }
  for (const policy of found) {
    if (!keys.has(policyKey(policy))) await removePolicy(at, environment, policy.id);
  }
  if (!isDeepStrictEqual(strict, settings)) await putSettings(at, environment, settings);
}

/** The stricter one of each setting. */
function stricter(wanted: Settings, found: Settings): Settings {
  const reviewers = wanted.reviewers.length > 0 ? wanted.reviewers : found.reviewers;
  return {
    reviewers,
    waitTimer: Math.max(wanted.waitTimer, found.waitTimer),
    preventSelfReview:
      reviewers.length > 0 && (wanted.preventSelfReview || found.preventSelfReview),
  };
}

/**
 * Writes every setting, because what is left out of the request stays as it is, and looks at what came of it: GitHub's
 * description of the answer has no bypass by administrators.
 */
async function putSettings(
  at: GithubRepository,
  environment: string,
  { reviewers, waitTimer, preventSelfReview }: Settings,
): Promise<void> {
  const { github, owner, name: repo } = at;
  // GitHub takes it and tells it of an environment; its description leaves out both.
  const noBypass = { can_admins_bypass: false };
  await github.octokit.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", {
    owner,
    repo,
    environment_name: environment,
    wait_timer: waitTimer,
    prevent_self_review: preventSelfReview,
    ...noBypass,
    reviewers: reviewers.map(({ type, id }) => ({ type, id })),
    deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
  });
  const got = await observeSettings(at, environment);
  if (got === undefined) throw new UserError(`environment ${environment} went right after it came`);
  const refused = [
    ...(sortedIds(got.reviewers) === sortedIds(reviewers) ? [] : ["reviewers"]),
    ...(got.waitTimer === waitTimer ? [] : ["wait timer"]),
    ...(got.preventSelfReview === preventSelfReview ? [] : ["ban of self-review"]),
    ...(got.canAdminsBypass ? ["ban of bypasses by administrators"] : []),
    ...(got.branchPolicy === "custom" ? [] : ["branch policies"]),
  ];
  if (refused.length === 0) return;
  throw new UserError(
    `GitHub did not take over of environment ${environment}: ${refused.join(", ")}; its plan may not have them for this repository, or a reviewer may not read it`,
  );
}

function sortedIds(reviewers: readonly Reviewer[]): string {
  return reviewers
    .map(({ type, id }) => `${type} ${id}`)
    .sort()
    .join();
}

/** A policy that is there already is none the worse: GitHub then leads to the list of them. */
async function addPolicy(
  { github, owner, name: repo }: GithubRepository,
  environment: string,
  { kind, pattern }: RefPattern,
): Promise<void> {
  await github.octokit.request(
    "POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
    { owner, repo, environment_name: environment, name: pattern, type: kind },
  );
}

async function removePolicy(
  { github, owner, name: repo }: GithubRepository,
  environment: string,
  policy: number,
): Promise<void> {
  await unlessGone(
    github.octokit.request(
      "DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
      { owner, repo, environment_name: environment, branch_policy_id: policy },
    ),
  );
}
