import { HiddenFromToken, unlessGone } from "../github/faults.ts";
import { ProblemsError, UserError } from "../rules/problems.ts";
import type { RefPattern } from "../rules/refs.ts";
import { DeclaredPlaces } from "./declared-places.ts";
import { EnvironmentInputs, isSameName, policyKey } from "./environment-inputs.ts";
import { type GithubAccesses, Refused, sameRepository } from "./github-access.ts";
import type { Difference, GithubResource } from "./github-resource.ts";
import { inputProblems } from "./input-problems.ts";
import { observeEnvironment } from "./observe-environment.ts";
import { holdsUnknown, isRecord, type Properties, without } from "./property-values.ts";
import { putEnvironment } from "./put-environment.ts";
import { asFound, inputsIn, RecordedEnvironment } from "./recorded-environment.ts";
import { resolveReviewers } from "./reviewers.ts";

/** What no program can ask otherwise; among the inputs, so that every engine shows where it was changed by hand. */
const FIXED = { canAdminsBypass: false, branchPolicy: "custom" } as const;

/**
 * An environment with its reviewers and its complete list of deployment policies. Its outputs are what GitHub has, so that
 * every part that was changed by hand differs from what is wanted.
 */
export function githubEnvironment(accesses: GithubAccesses): GithubResource {
  const declared = new DeclaredPlaces(accesses);

  async function put(news: Properties): Promise<Properties> {
    const wanted = wantedOf(news);
    const at = accesses.wanted(wanted);
    const repositoryId = await at.github.repositoryId(at.name);
    await putEnvironment(at, wanted);
    return { ...wanted, ...FIXED, repositoryId };
  }

  return {
    secrets: [],

    async check(_urn, olds, news) {
      const problems = inputProblems(EnvironmentInputs, news);
      const inputs = { ...sorted(news), ...FIXED };
      if (problems.length > 0) return { inputs, problems };
      declared.note(news["repository"], news["environment"]);
      if (holdsUnknown(news)) return { inputs, problems };
      const wanted = EnvironmentInputs.parse(news);
      accesses.note(wanted);
      const isKnown =
        sameNames(olds["users"], wanted.users) && sameNames(olds["teams"], wanted.teams);
      if (isKnown) return { inputs, problems };
      return {
        inputs,
        problems: (await resolveReviewers(accesses.wanted(wanted), wanted)).problems,
      };
    },

    async diff(olds, news): Promise<Difference> {
      const recorded = RecordedEnvironment.parse(olds);
      const replaces = await replacedBy(accesses, recorded, news);
      if (replaces.length > 0) return { changed: replaces, replaces };
      let found: Properties = recorded;
      if (recorded.unverified === true && !holdsUnknown(news)) {
        const wanted = wantedOf(news);
        const there = await observeEnvironment(accesses.wanted(wanted), wanted.environment);
        if (there === undefined) return { changed: ["environment"], replaces: [] };
        found = asFound(recorded, there);
      }
      const changed = Object.entries(SAME)
        .filter(([name, isSame]) => !isSame(found[name], news[name]))
        .map(([name]) => name);
      return { changed, replaces: [] };
    },

    async create(news) {
      const outputs = await put(news);
      const { repository, environment } = wantedOf(news);
      return { id: `${repository}:${environment}`, outputs };
    },

    async read(olds) {
      const read = RecordedEnvironment.safeParse(olds);
      if (!read.success) {
        throw new UserError(
          "cannot be imported: declare it and run up, which adopts what is there",
        );
      }
      const recorded = read.data;
      try {
        const found = await accesses.recorded(recorded, (at) =>
          observeEnvironment(at, recorded.environment),
        );
        if (found === undefined) return undefined;
        const outputs = asFound(recorded, found);
        return { outputs, inputs: inputsIn(outputs) };
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return { outputs: { ...recorded, unverified: true }, inputs: inputsIn(recorded) };
      }
    },

    update: (_olds, news) => put(news),

    /** What is in it goes with it. */
    async delete(olds) {
      const recorded = RecordedEnvironment.parse(olds);
      if (await declared.has(recorded, recorded.environment)) return;
      await accesses.recorded(recorded, async (at) => {
        const gone = await unlessGone(
          at.github.octokit.request(
            "DELETE /repos/{owner}/{repo}/environments/{environment_name}",
            {
              owner: at.owner,
              repo: at.name,
              environment_name: recorded.environment,
            },
          ),
        );
        if (gone === undefined && (await observeEnvironment(at, recorded.environment))) {
          throw new HiddenFromToken(
            `${recorded.repository}: the token may not delete environment ${recorded.environment}, which is there; it needs to write Administration of the repository`,
          );
        }
      });
    },
  };
}

/** The properties that make it another environment. */
async function replacedBy(
  accesses: GithubAccesses,
  recorded: RecordedEnvironment,
  news: Properties,
): Promise<readonly string[]> {
  const replaces: string[] = [];
  if (!(await sameRepository(accesses, recorded, news))) replaces.push("repository");
  if (!sameText(recorded.environment, news["environment"])) replaces.push("environment");
  return replaces;
}

/** When each property is as wanted. What is unknown is like nothing. */
const SAME: Readonly<Record<string, (found: unknown, wanted: unknown) => boolean>> = {
  repository: sameText,
  policies: (found, wanted) => sameSet(policyKeys(found), policyKeys(wanted)),
  users: sameNames,
  teams: sameNames,
  waitTimer: Object.is,
  preventSelfReview: Object.is,
  canAdminsBypass: Object.is,
  branchPolicy: Object.is,
};

function sameText(a: unknown, b: unknown): boolean {
  return typeof a === "string" && typeof b === "string" && isSameName(a, b);
}

function sameNames(a: unknown, b: unknown): boolean {
  const lower = (names: unknown): string[] | undefined =>
    Array.isArray(names) ? names.map((name) => String(name).toLowerCase()) : undefined;
  return sameSet(lower(a), lower(b));
}

function policyKeys(policies: unknown): string[] | undefined {
  return Array.isArray(policies) ? policies.map((one) => policyKey(one as RefPattern)) : undefined;
}

function sameSet(a: string[] | undefined, b: string[] | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.every((item) => b.includes(item)) && b.every((item) => a.includes(item));
}

/** Lists whose order means nothing, in one order: a shuffled configuration is no change. */
function sorted(properties: Properties): Properties {
  const { policies, users, teams } = properties;
  const inOrder = (list: unknown, key: (item: unknown) => string): unknown =>
    Array.isArray(list) ? (list as unknown[]).toSorted((a, b) => (key(a) < key(b) ? -1 : 1)) : list;
  return {
    ...properties,
    policies: inOrder(policies, (one) => (isRecord(one) ? policyKey(one as never) : "")),
    users: inOrder(users, String),
    teams: inOrder(teams, String),
  };
}

/** @throws ProblemsError unless the inputs are right and known */
function wantedOf(news: Properties): EnvironmentInputs {
  const inputs = without(news, ...Object.keys(FIXED));
  const problems = inputProblems(EnvironmentInputs, inputs);
  if (problems.length > 0) throw new ProblemsError("inputs", problems);
  return EnvironmentInputs.parse(inputs);
}
