import { z } from "zod";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { GithubClient } from "../../../github/client.ts";
import { unlessGone } from "../../../github/faults.ts";
import { formatId, parseId } from "./ids.ts";

const MOST_REVIEWERS = 6;
const MOST_MINUTES = 43_200;

const Ids = z.array(z.int({ error: "write the numeric id" }));
const inputs = z.strictObject({
  repository: z.string(),
  environment: z.string().min(1).max(255),
  canAdminsBypass: z.boolean().default(true),
  preventSelfReview: z.boolean().default(false),
  waitTimer: z
    .int({ error: "write a whole number of minutes" })
    .min(0, { error: "is less than 0 minutes" })
    .max(MOST_MINUTES, { error: `is more than ${MOST_MINUTES} minutes` })
    .default(0),
  reviewers: z
    .array(z.strictObject({ teams: Ids.default([]), users: Ids.default([]) }))
    .max(1, { error: "write one object with all teams and users" })
    .default([]),
  deploymentBranchPolicy: z
    .strictObject({ protectedBranches: z.boolean(), customBranchPolicies: z.boolean() })
    .optional(),
});
const outputs = z.object({ repositoryId: z.number() });
type Inputs = z.output<typeof inputs>;

/**
 * A deployment environment and who may deploy to it; its id is `repository:environment`.
 * @see https://www.pulumi.com/registry/packages/github/api-docs/repositoryenvironment/
 * @see https://docs.github.com/en/rest/deployments/environments
 */
export function repositoryEnvironment(github: GithubClient): ResourceType {
  const { octokit, owner } = github;

  async function put(wanted: Inputs) {
    const policy = wanted.deploymentBranchPolicy;
    const [reviewers] = wanted.reviewers;
    const body = {
      wait_timer: wanted.waitTimer,
      prevent_self_review: wanted.preventSelfReview,
      // GitHub takes this one too, its description leaves it out.
      can_admins_bypass: wanted.canAdminsBypass,
      reviewers: [
        ...(reviewers?.teams ?? []).map((id) => ({ type: "Team" as const, id })),
        ...(reviewers?.users ?? []).map((id) => ({ type: "User" as const, id })),
      ],
      deployment_branch_policy:
        policy === undefined
          ? null
          : {
              protected_branches: policy.protectedBranches,
              custom_branch_policies: policy.customBranchPolicies,
            },
    };
    await octokit.request("PUT /repos/{owner}/{repo}/environments/{environment_name}", {
      ...at(wanted.repository, wanted.environment),
      ...body,
    });
    return { repositoryId: await github.repositoryId(wanted.repository) };
  }

  function at(repo: string, environment: string) {
    return { owner, repo, environment_name: environment };
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["repositoryId"],
    replaceOn: ["repository", "environment"],
    faults: ({ reviewers, deploymentBranchPolicy: policy }) => [
      ...(policy?.protectedBranches === policy?.customBranchPolicies && policy !== undefined
        ? [
            {
              path: "deploymentBranchPolicy",
              message: "exactly one of protectedBranches and customBranchPolicies must be true",
            },
          ]
        : []),
      ...(count(reviewers) > MOST_REVIEWERS
        ? [
            {
              path: "reviewers",
              message: `${count(reviewers)} teams and users; at most ${MOST_REVIEWERS} together`,
            },
          ]
        : []),
    ],
    same: { reviewers: (a, b) => sortedReviewers(a) === sortedReviewers(b) },
    async create(wanted) {
      return { id: idOf(wanted), outputs: await put(wanted) };
    },
    idOf,
    async read(id, known) {
      const [repository, environment] = parseId(id, ["repository", "environment"]);
      const found = await unlessGone(
        octokit.request(
          "GET /repos/{owner}/{repo}/environments/{environment_name}",
          at(repository, environment),
        ),
      );
      if (found === undefined) return undefined;
      return {
        repository,
        environment,
        ...fromGithub(found.data, known.preventSelfReview ?? false),
        repositoryId: await github.repositoryId(repository),
      };
    },
    update: (_id, _state, wanted) => put(wanted),
    async delete(_id, { repository, environment }) {
      await unlessGone(
        octokit.request(
          "DELETE /repos/{owner}/{repo}/environments/{environment_name}",
          at(repository, environment),
        ),
      );
    },
  });
}

function idOf({ repository, environment }: Inputs): string {
  return formatId(repository, environment);
}

/** As much of GitHub's environment as the resource tells. */
const Environment = z.object({
  can_admins_bypass: z.boolean().default(true),
  protection_rules: z
    .array(
      z.object({
        type: z.string(),
        wait_timer: z.number().optional(),
        prevent_self_review: z.boolean().optional(),
        reviewers: z
          .array(z.object({ type: z.string(), reviewer: z.object({ id: z.number() }) }))
          .optional(),
      }),
    )
    .default([]),
  deployment_branch_policy: z
    .object({ protected_branches: z.boolean(), custom_branch_policies: z.boolean() })
    .nullish(),
});

/** GitHub tells of `prevent_self_review` only where there are reviewers; elsewhere the known value stays. */
function fromGithub(
  data: unknown,
  preventSelfReview: boolean,
): Omit<Inputs, "repository" | "environment"> {
  const environment = Environment.parse(data);
  const rules = environment.protection_rules;
  const required = rules.find(({ type }) => type === "required_reviewers");
  const reviewers = required?.reviewers ?? [];
  const ids = (wanted: string) =>
    reviewers.filter(({ type }) => type === wanted).map(({ reviewer }) => reviewer.id);
  const policy = environment.deployment_branch_policy;
  return {
    canAdminsBypass: environment.can_admins_bypass,
    preventSelfReview: required?.prevent_self_review ?? preventSelfReview,
    waitTimer: rules.find(({ type }) => type === "wait_timer")?.wait_timer ?? 0,
    reviewers: reviewers.length === 0 ? [] : [{ teams: ids("Team"), users: ids("User") }],
    ...(policy && {
      deploymentBranchPolicy: {
        protectedBranches: policy.protected_branches,
        customBranchPolicies: policy.custom_branch_policies,
      },
    }),
  };
}

function count(reviewers: Inputs["reviewers"]): number {
  return reviewers.reduce((sum, { teams, users }) => sum + teams.length + users.length, 0);
}

function sortedReviewers(reviewers: Inputs["reviewers"]): string {
  const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
  return JSON.stringify(
    reviewers
      .filter((entry) => count([entry]) > 0)
      .map(({ teams, users }) => [sorted(teams), sorted(users)]),
  );
}
