import { z } from "zod";
import { UserError } from "../../../rules/problems.ts";
import { resourceType, type ResourceType } from "../resource-type.ts";
import type { GithubClient } from "../../../github/client.ts";
import { unlessGone } from "../../../github/faults.ts";
import { formatId, parseId } from "./ids.ts";

const inputs = z.strictObject({
  repository: z.string(),
  environment: z.string(),
  branchPattern: z.string().min(1).optional(),
  tagPattern: z.string().min(1).optional(),
});
const outputs = z.object({ repositoryId: z.number(), policyId: z.number() });
/** The most that GitHub gives at once. */
const PER_PAGE = 100;

/**
 * A pattern of branches or tags that may deploy to an environment; its id is `repository:environment:policyId`. A
 * pattern changes in place, a branch pattern that becomes a tag pattern is a replacement.
 * @see https://www.pulumi.com/registry/packages/github/api-docs/repositoryenvironmentdeploymentpolicy/
 * @see https://docs.github.com/en/rest/deployments/branch-policies
 */
export function repositoryEnvironmentDeploymentPolicy(github: GithubClient): ResourceType {
  const { octokit, owner } = github;

  function at(id: string) {
    const [repo, environment_name, policy] = parseId(id, ["repository", "environment", "policyId"]);
    return { owner, repo, environment_name, branch_policy_id: Number(policy) };
  }

  return resourceType({
    inputs,
    outputs,
    stables: ["policyId", "repositoryId"],
    replaceOn: ["repository", "environment"],
    replaces: (changed) =>
      changed.includes("branchPattern") && changed.includes("tagPattern")
        ? ["branchPattern", "tagPattern"]
        : [],
    faults: ({ branchPattern, tagPattern }) =>
      (branchPattern === undefined) === (tagPattern === undefined)
        ? [{ path: "branchPattern", message: "write either branchPattern or tagPattern" }]
        : [],
    async create({ repository, environment, branchPattern, tagPattern }) {
      const isBranch = branchPattern !== undefined;
      const name = branchPattern ?? tagPattern ?? "";
      const { data } = await octokit.request(
        "POST /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
        {
          owner,
          repo: repository,
          environment_name: environment,
          name,
          type: isBranch ? "branch" : "tag",
        },
      );
      // GitHub answers 303 with nothing, which is no error to Octokit, when the pattern is there already.
      const made = Policy.safeParse(data);
      if (!made.success) {
        throw new UserError(
          `environment ${environment} of ${owner}/${repository} has the ${isBranch ? "branch" : "tag"} pattern ${name} already; this stack has no record of it: delete it and run again`,
        );
      }
      const policyId = made.data.id;
      return {
        id: formatId(repository, environment, String(policyId)),
        outputs: { policyId, repositoryId: await github.repositoryId(repository) },
      };
    },
    async idOf({ repository, environment, branchPattern, tagPattern }) {
      const type = branchPattern === undefined ? "tag" : "branch";
      const name = branchPattern ?? tagPattern;
      for (let page = 1; ; page++) {
        const found = await unlessGone(
          octokit.request(
            "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies",
            { owner, repo: repository, environment_name: environment, per_page: PER_PAGE, page },
          ),
        );
        const policies = z.array(Policy).parse(found?.data.branch_policies ?? []);
        const same = policies.find((policy) => policy.name === name && policy.type === type);
        if (same !== undefined) return formatId(repository, environment, String(same.id));
        if (policies.length < PER_PAGE) return undefined;
      }
    },
    async read(id) {
      const place = at(id);
      const found = await unlessGone(
        octokit.request(
          "GET /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
          place,
        ),
      );
      if (found === undefined) return undefined;
      const { name, type } = Policy.parse(found.data);
      return {
        repository: place.repo,
        environment: place.environment_name,
        ...(type === "tag" ? { tagPattern: name } : { branchPattern: name }),
        policyId: place.branch_policy_id,
        repositoryId: await github.repositoryId(place.repo),
      };
    },
    async update(id, { policyId, repositoryId }, { branchPattern, tagPattern }) {
      await octokit.request(
        "PUT /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
        { ...at(id), name: branchPattern ?? tagPattern ?? "" },
      );
      return { policyId, repositoryId };
    },
    async delete(id) {
      await unlessGone(
        octokit.request(
          "DELETE /repos/{owner}/{repo}/environments/{environment_name}/deployment-branch-policies/{branch_policy_id}",
          at(id),
        ),
      );
    },
  });
}

const Policy = z.object({ id: z.number(), name: z.string(), type: z.string().default("branch") });
