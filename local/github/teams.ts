import { CREATED_AT, organizationAnswer } from "./accounts.ts";
import type { Answer, Call, Handlers } from "./api.ts";
import { notFound } from "./github-error.ts";
import { idOf, nodeIdOf } from "./identifiers.ts";
import { parameter, sameName } from "./lookup.ts";
import { PAGES_OF_30, pageOf } from "./pages.ts";
import type { Store } from "./store.ts";

/** A team of the one organization; there is no endpoint that makes one. */
export interface Team {
  readonly name: string;
  readonly slug: string;
  /** Whether it has any right on the organization's repositories, so that it may review or bypass there. */
  readonly hasAccess: boolean;
}

/** The teams that there are, also where the state is of before there were any: they are no part of it. */
export const TEAMS: readonly Team[] = [
  { name: "CI infra", slug: "ci-infra", hasAccess: true },
  { name: "Release engineers", slug: "release-engineers", hasAccess: true },
  { name: "Observers", slug: "observers", hasAccess: false },
];

/** The team's number, the same on every machine. */
export function teamId(organization: string, { slug }: Pick<Team, "slug">): number {
  return idOf("team", `${organization}/${slug}`);
}

/** The team of the organization with this number. */
export function teamById(organization: string, id: number): Team | undefined {
  return TEAMS.find((team) => teamId(organization, team) === id);
}

/**
 * Look-up of the organization's teams.
 * @see https://docs.github.com/rest/teams/teams
 */
export function teamHandlers(organization: string, store: Store): Handlers {
  return {
    "teams/list": (call: Call): Answer => {
      requireOrganization(call, organization);
      const { items, headers } = pageOf(call, TEAMS, PAGES_OF_30);
      const body = items.map((team) => teamAnswer(call.root, organization, team));
      return { status: 200, headers, body };
    },
    "teams/get-by-name": (call: Call): Answer => {
      requireOrganization(call, organization);
      const team = TEAMS.find(({ slug }) => sameName(slug, parameter(call, "team_slug")));
      if (team === undefined) throw notFound();
      return { status: 200, body: fullTeam(call.root, organization, team, store) };
    },
  };
}

/** @throws GithubError 404 */
export function requireOrganization(call: Call, organization: string): void {
  if (!sameName(parameter(call, "org"), organization)) throw notFound();
}

/** A team where another object names it: in a list, as reviewer of an environment. */
export function teamAnswer(root: string, organization: string, team: Team): object {
  const id = teamId(organization, team);
  const url = `${root}/organizations/${idOf("account", organization)}/team/${id}`;
  return {
    id,
    node_id: nodeIdOf("Team", id),
    name: team.name,
    slug: team.slug,
    description: null,
    privacy: "closed",
    notification_setting: "notifications_enabled",
    permission: "pull",
    type: "organization",
    parent: null,
    url,
    html_url: `${root}/orgs/${organization}/teams/${team.slug}`,
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
  };
}

function fullTeam(root: string, organization: string, team: Team, store: Store): object {
  const repositories = store.state.repositories.filter(({ owner }) =>
    sameName(owner, organization),
  ).length;
  return {
    ...teamAnswer(root, organization, team),
    members_count: 0,
    repos_count: team.hasAccess ? repositories : 0,
    created_at: CREATED_AT,
    updated_at: CREATED_AT,
    organization: organizationAnswer(root, organization, repositories),
  };
}
