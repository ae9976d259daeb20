import type { Configuration } from "./configuration.ts";
import { MAIN_BRANCH, type Scheme } from "./names.ts";
import {
  CANDIDATE_ENVIRONMENT,
  DEPLOY_ENVIRONMENT,
  deploymentPolicies,
  DRIFT_ENVIRONMENT,
  PINS_ENVIRONMENT,
  type RefPattern,
} from "./refs.ts";

/** A GitHub environment as a stack declares it, whole: what GitHub has besides is drift. */
export interface DeclaredEnvironment {
  readonly name: string;
  /** The refs that may enter, at least one. */
  readonly policies: readonly RefPattern[];
  /** Logins of reviewers; one approval of users and teams together is enough. */
  readonly users: readonly string[];
  /** Slugs of teams of the repository's owner. */
  readonly teams: readonly string[];
  /** Minutes that a job waits. */
  readonly waitTimer: number;
  /** Whether nobody may approve a job that they started. */
  readonly preventSelfReview: boolean;
}

/** An environment of which nothing is said. */
const PLAIN: Configuration["environments"][string] = {
  users: [],
  teams: [],
  waitTimer: 0,
  preventSelfReview: false,
  branches: [],
  tags: [],
};

/**
 * Every environment of a stack, each once: those that its families publish in, the one that applies the stack, the one that
 * looks for drift, those of candidates and of pins, and those of the configuration alone. A stack that owns images only has
 * none. Where the configuration does not name that of candidates, whoever reviews what is applied reviews there, too.
 * @param schemes of the stack's families
 */
export function declaredEnvironments(
  { environments, owns }: Pick<Configuration, "environments" | "owns">,
  schemes: Iterable<Scheme>,
): readonly DeclaredEnvironment[] {
  if (owns === "images") return [];
  const derived = derivedPolicies(schemes);
  const names = new Set([...derived.keys(), ...Object.keys(environments)]);
  return [...names].map((name) => {
    const { branches, tags, ...settings } = environments[name] ?? unnamed(name, environments);
    const own: readonly RefPattern[] = [
      ...branches.map((pattern) => ({ kind: "branch" as const, pattern })),
      ...tags.map((pattern) => ({ kind: "tag" as const, pattern })),
    ];
    return { name, policies: derived.get(name) ?? own, ...settings };
  });
}

/** Whether pull requests' images are pushed as candidates: where somebody reviews that, unless the configuration wants none. */
export function takesCandidates(
  { candidates }: Pick<Configuration, "candidates">,
  environments: readonly DeclaredEnvironment[],
): boolean {
  return (
    candidates &&
    environments.some(
      ({ name, users, teams }) => name === CANDIDATE_ENVIRONMENT && users.length + teams.length > 0,
    )
  );
}

/** Settings of an environment that the configuration does not name. */
function unnamed(
  name: string,
  environments: Configuration["environments"],
): Configuration["environments"][string] {
  if (name !== CANDIDATE_ENVIRONMENT) return PLAIN;
  const { users, teams, preventSelfReview } = environments[DEPLOY_ENVIRONMENT] ?? PLAIN;
  return { ...PLAIN, users, teams, preventSelfReview };
}

/** The environments whose refs follow from the rule and not from the configuration. */
export function derivedPolicies(
  schemes: Iterable<Scheme>,
): ReadonlyMap<string, readonly RefPattern[]> {
  const mainAlone: readonly RefPattern[] = [{ kind: "branch", pattern: MAIN_BRANCH }];
  return new Map<string, readonly RefPattern[]>([
    ...deploymentPolicies(schemes),
    [DEPLOY_ENVIRONMENT, mainAlone],
    [DRIFT_ENVIRONMENT, mainAlone],
    [CANDIDATE_ENVIRONMENT, mainAlone],
    [PINS_ENVIRONMENT, mainAlone],
  ]);
}

/** Whether branches of any name may enter, so that whoever can push has what the environment holds. */
export function admitsAnyBranch(policies: readonly RefPattern[]): boolean {
  return policies.some(({ kind, pattern }) => kind === "branch" && /^[*/]+$/.test(pattern));
}
