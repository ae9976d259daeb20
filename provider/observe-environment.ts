import { z } from "zod";
import { unlessGone } from "../github/faults.ts";
import type { RefPattern } from "../rules/refs.ts";
import { assertVisible, type GithubRepository } from "./github-access.ts";

/** Which refs may enter: those of the list, those that are protected, or all. */
export type BranchPolicy = "custom" | "protected" | "none";

/** A user or a team that may approve. */
export interface Reviewer {
  readonly type: "User" | "Team";
  readonly id: number;
  /** Login or slug. */
  readonly name: string;
}

/** Settings of an environment as GitHub has them. */
export interface FoundSettings {
  readonly reviewers: readonly Reviewer[];
  /** Minutes. */
  readonly waitTimer: number;
  readonly preventSelfReview: boolean;
  readonly canAdminsBypass: boolean;
  readonly branchPolicy: BranchPolicy;
}

/** A deployment policy with its number, by which it is deleted. */
export interface FoundPolicy extends RefPattern {
  readonly id: number;
}

/** An environment as GitHub has it. */
export interface FoundEnvironment extends FoundSettings {
  /** None unless `branchPolicy` is `custom`. */
  readonly policies: readonly FoundPolicy[];
}

const Account = z.object({
  id: z.number(),
  login: z.string().optional(),
  slug: z.string().optional(),
});
const Environment = z.object({
  can_admins_bypass: z.boolean().default(true),
  /** A rule that does nothing is not listed. */
  protection_rules: z
    .array(
      z.object({
        type: z.string(),
        wait_timer: z.number().optional(),
        prevent_self_review: z.boolean().optional(),
        reviewers: z.array(z.object({ type: z.string(), reviewer: Account.nullish() })).optional(),
      }),
    )
    .default([]),
  deployment_branch_policy: z.object({ custom_branch_policies: z.boolean() }).nullish(),
});

/** Reads GitHub's answer. @see https://docs.github.com/en/rest/deployments/environments#get-an-environment */
function foundSettings(answer: unknown): FoundSettings {
  const { can_admins_bypass, protection_rules, deployment_branch_policy } =
    Environment.parse(answer);
  const required = protection_rules.find(({ type }) => type === "required_reviewers");
  return {
    reviewers: (required?.reviewers ?? []).flatMap(({ type, reviewer }) => {
      if (type !== "User" && type !== "Team") return [];
      const name = type === "User" ? reviewer?.login : reviewer?.slug;
      return reviewer && name !== undefined ? [{ type, id: reviewer.id, name }] : [];
    }),
    waitTimer: protection_rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0,
    preventSelfReview: required?.prevent_self_review ?? false,
    canAdminsBypass: can_admins_bypass,
    branchPolicy: branchPolicyOf(deployment_branch_policy),
  };
}

function branchPolicyOf(
  policy: { readonly custom_branch_policies: boolean } | null | undefined,
): BranchPolicy {
  if (policy === null || policy === undefined) return "none";
  return policy.custom_branch_policies ? "custom" : "protected";
}

/**
 * Looks at the settings of an environment; undefined when it is not there.
 * @throws HiddenFromToken when the token may not see the repository
 */
export async function observeSettings(
  at: GithubRepository,
  environment: string,
): Promise<FoundSettings | undefined> {
  const { github, owner, name: repo } = at;
  const found = await unlessGone(
    github.octokit.request("GET /repos/{owner}/{repo}/environments/{environment_name}", {
      owner,
      repo,
      environment_name: environment,
    }),
  );
  if (found !== undefined) return foundSettings(found.data);
  await assertVisible(at);
  return undefined;
}

/** The same with its policies. */
export async function observeEnvironment(
  at: GithubRepository,
  environment: string,
): Promise<FoundEnvironment | undefined> {
  const settings = await observeSettings(at, environment);
  if (settings === undefined) return undefined;
  // GitHub answers 404 to questions for policies in any other mode.
  const policies = settings.branchPolicy === "custom" ? await listPolicies(at, environment) : [];
  return { ...settings, policies };
}

const Policy = z.object({
  id: z.number(),
  name: z.string(),
  type: z.enum(["branch", "tag"]).default("branch"),
});

/** The most that GitHub gives at once. */
const PER_PAGE = 100;

/** Every deployment policy of an environment that is in the mode for them. */
export async function listPolicies(
  { github, owner, name: repo }: GithubRepository,
  environment: string,
): Promise<readonly FoundPolicy[]> {
  const policies: FoundPolicy[] = [];
  for (let page = 1; ; page++) {
    const { data } = await github.octokit.request(
      "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
      { owner, repo, environment_name: environment, per_page: PER_PAGE, page },
    );
    const found = z.array(Policy).parse(data.branch_policies);
    policies.push(...found.map(({ id, name, type }) => ({ id, kind: type, pattern: name })));
    if (found.length < PER_PAGE) return policies;
  }
}
