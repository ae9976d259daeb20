import { unlessGone } from "../github/faults.ts";
import type { Problem } from "../rules/problems.ts";
import type { GithubRepository } from "./github-access.ts";
import type { Reviewer } from "./observe-environment.ts";

/** Reviewers by what they are called. */
export interface ReviewerNames {
  /** Logins. */
  readonly users: readonly string[];
  /** Slugs of teams of the repository's owner. */
  readonly teams: readonly string[];
}

/** Looks up the numbers of reviewers, with a problem for each that GitHub does not know. */
export async function resolveReviewers(
  { github: { octokit }, owner }: GithubRepository,
  { users, teams }: ReviewerNames,
): Promise<{ readonly reviewers: readonly Reviewer[]; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const foundUsers = await Promise.all(
    users.map(async (name, index) => {
      const found = await unlessGone(octokit.request("GET /users/{username}", { username: name }));
      if (found !== undefined) return { type: "User" as const, id: Number(found.data.id), name };
      problems.push({ path: `users[${index}]`, message: `GitHub knows no user ${name}` });
      return undefined;
    }),
  );
  const foundTeams = await Promise.all(
    teams.map(async (name, index) => {
      const found = await unlessGone(
        octokit.request("GET /orgs/{org}/teams/{team_slug}", { org: owner, team_slug: name }),
      );
      if (found !== undefined) return { type: "Team" as const, id: found.data.id, name };
      problems.push({
        path: `teams[${index}]`,
        message: `${owner} has no team ${name}, or the token may not see it (it needs to read the organisation's members)`,
      });
      return undefined;
    }),
  );
  const reviewers = [...foundUsers, ...foundTeams].filter((one) => one !== undefined);
  return { reviewers, problems };
}
