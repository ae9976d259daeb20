import { unlessGone } from "../github/faults.ts";
import type { Problem } from "../rules/problems.ts";
import { suggestion } from "../rules/suggestion.ts";
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
  { github, owner }: GithubRepository,
  { users, teams }: ReviewerNames,
): Promise<{ readonly reviewers: readonly Reviewer[]; readonly problems: readonly Problem[] }> {
  const { octokit } = github;
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
    teams.map(async (name) => {
      const found = await unlessGone(
        octokit.request("GET /orgs/{org}/teams/{team_slug}", { org: owner, team_slug: name }),
      );
      return found && { type: "Team" as const, id: found.data.id, name };
    }),
  );
  const slugs = foundTeams.includes(undefined) ? await visibleTeams(github, owner) : [];
  for (const [index, name] of teams.entries()) {
    if (foundTeams[index] !== undefined) continue;
    problems.push({
      path: `teams[${index}]`,
      message: `${owner} has no team ${name}${suggestion(name, slugs)}, or the token may not see it (it needs to read the organisation's members)`,
    });
  }
  const reviewers = [...foundUsers, ...foundTeams].filter((one) => one !== undefined);
  return { reviewers, problems };
}

/** Slugs for a suggestion, the first page of them; none where GitHub does not list them. */
async function visibleTeams(
  { octokit }: GithubRepository["github"],
  owner: string,
): Promise<readonly string[]> {
  try {
    const { data } = await octokit.request("GET /orgs/{org}/teams", { org: owner, per_page: 100 });
    return data.map(({ slug }) => slug);
  } catch {
    return [];
  }
}
