import { z } from "zod";
import type { GithubClient } from "../../../github/client.ts";
import { unlessGone } from "../../../github/faults.ts";
import type { Properties } from "../../../provider/property-values.ts";
import { UserError } from "../../../rules/problems.ts";

const Arguments = z.strictObject({ slug: z.string().min(1), summaryOnly: z.literal(true) });

/**
 * A team by its slug, without members and repositories; its id is GitHub's number as text.
 * @throws {UserError} when the owner has no such team, or is no organization
 * @see https://www.pulumi.com/registry/packages/github/api-docs/getteam/
 * @see https://docs.github.com/en/rest/teams/teams#get-a-team-by-name
 */
export function team({ octokit, owner }: GithubClient) {
  return async (args: Properties): Promise<Properties> => {
    const parsed = Arguments.safeParse(args);
    if (!parsed.success) {
      throw new UserError(
        `getTeam: the local github provider implements only slug with summaryOnly: true, found ${Object.keys(args).join(", ")}`,
      );
    }
    const { slug } = parsed.data;
    const found = await unlessGone(
      octokit.request("GET /orgs/{org}/teams/{team_slug}", { org: owner, team_slug: slug }),
    );
    if (found === undefined) {
      throw new UserError(
        `getTeam: ${owner} has no team ${slug}; write the slug of one, as in github.com/orgs/${owner}/teams/SLUG`,
      );
    }
    const { data } = found;
    return {
      id: String(data.id),
      slug: data.slug,
      name: data.name,
      nodeId: data.node_id,
      description: data.description ?? "",
      privacy: data.privacy ?? "",
      notificationSetting: data.notification_setting ?? "",
      permission: data.permission,
      members: [],
      repositories: [],
      repositoriesDetaileds: [],
      summaryOnly: true,
    };
  };
}
