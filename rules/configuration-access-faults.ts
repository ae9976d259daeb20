import type { ConfiguredFamily } from "./configuration-faults.ts";
import { type ParsedConfiguration, relation } from "./configuration-relation.ts";
import {
  dockerFaults,
  placeFaults,
  sealedFaults,
  sourceFaults,
} from "./configuration-secret-faults.ts";
import { type Configuration, NAMESPACE } from "./configuration.ts";
import {
  declaredEnvironments,
  type DeclaredEnvironment,
  derivedPolicies,
} from "./declared-environments.ts";
import { isSameRepository } from "./github-repository.ts";
import type { Scheme } from "./names.ts";
import type { Problem } from "./problems.ts";
import { CANDIDATE_ENVIRONMENT, DEPLOY_ENVIRONMENT } from "./refs.ts";

/** Users and teams together. @see https://docs.github.com/en/rest/deployments/environments#create-or-update-an-environment */
const MOST_REVIEWERS = 6;
/** What a subject of GitHub's tokens, a URL and a line of `slipway` hold as it is; GitHub itself takes more. */
const ENVIRONMENT_NAME = /^[\w.-]{1,255}$/;
const EVERY_SCHEME: readonly Scheme[] = ["pytorch", "therock"];
/** Environments whose refs follow from the rule, whichever families a stack has. */
const RESERVED: ReadonlySet<string> = new Set(derivedPolicies(EVERY_SCHEME).keys());
/** What only the stack that owns them may declare, with what it is when nothing is declared. */
const OWNED = {
  environments: "{}",
  secrets: "{}",
  sealedSecrets: "{}",
  refCreators: "[]",
  stateBucket: '""',
  stateKmsKey: '""',
  deployApp: '""',
  driftApp: '""',
  pinsApp: '""',
  candidates: "true",
  pinRepositories: "[]",
} as const;

/**
 * What is wrong with environments, secrets, those who make refs and the place of the state, each value for itself being
 * right.
 * @param isEvery whether these are all of the stack's families; else what another one may explain is no fault
 */
export function accessFaults(
  parsed: ParsedConfiguration,
  families: readonly ConfiguredFamily[],
  isEvery = true,
): readonly Problem[] {
  const { owns } = parsed;
  if (owns === undefined) return [];
  if (owns === "images") return [...foundationFaults(parsed)];
  const schemes = isEvery ? families.map(({ scheme }) => scheme) : EVERY_SCHEME;
  const derived = derivedPolicies(schemes);
  const declared = (environments: Configuration["environments"]) =>
    declaredEnvironments({ environments, owns }, schemes);
  return [
    relation(["environments"], ({ environments }) => [
      ...environmentNameFaults(environments, derived),
      ...declared(environments).flatMap((environment) => [
        ...policyFaults(environment, environments, derived),
        ...reviewerFaults(environment),
      ]),
    ]),
    relation(["environments", "local", "candidates"], ({ environments, local, candidates }) =>
      local ? [] : [...unreviewedFaults(environments, declared(environments), candidates)],
    ),
    relation(["environments", "secrets"], ({ environments, secrets }) =>
      placeFaults(secrets, declared(environments)),
    ),
    relation(["secrets"], sourceFaults),
    relation(["secrets", "sealedSecrets"], sealedFaults),
    relation(["secrets"], ({ secrets }) => dockerFaults(secrets, families)),
    relation(["refCreators"], ({ refCreators }) => twiceFaults(refCreators, "refCreators")),
    relation(["awsAccountId", "stateBucket", "stateKmsKey"], stateFaults),
    relation(["deployApp", "driftApp", "pinsApp"], appFaults),
    relation(["owner", "repository", "pinRepositories"], pinRepositoryFaults),
  ].flatMap((judge) => judge(parsed));
}

function fault(path: string, message: string): Problem {
  return { path: `${NAMESPACE}${path}`, message };
}

function* foundationFaults(parsed: ParsedConfiguration): Generator<Problem> {
  for (const [key, nothing] of Object.entries(OWNED)) {
    const value = parsed[key as keyof typeof OWNED];
    if (value === undefined || JSON.stringify(value) === nothing) continue;
    yield fault(
      key,
      `given, but ${NAMESPACE}owns is images; only main's stack declares it: leave it out`,
    );
  }
}

function* environmentNameFaults(
  environments: Configuration["environments"],
  derived: ReadonlyMap<string, unknown>,
): Generator<Problem> {
  const met = new Map([...RESERVED].map((name) => [name.toLowerCase(), name]));
  for (const name of Object.keys(environments)) {
    const path = `environments.${name}`;
    const same = met.get(name.toLowerCase()) ?? name;
    met.set(name.toLowerCase(), name);
    if (!ENVIRONMENT_NAME.test(name)) {
      yield fault(path, "not a name that is taken here: at most 255 letters, digits, ., _ and -");
    } else if (same !== name) {
      yield fault(path, `the same environment as ${same} to GitHub, whatever the case; keep one`);
    } else if (RESERVED.has(name) && !derived.has(name)) {
      yield fault(path, `no family of this stack publishes in ${name}; leave it out`);
    }
  }
}

function* policyFaults(
  { name, policies }: DeclaredEnvironment,
  environments: Configuration["environments"],
  derived: ReadonlyMap<string, unknown>,
): Generator<Problem> {
  const path = `environments.${name}`;
  if (derived.has(name)) {
    for (const key of ["branches", "tags"] as const) {
      if ((environments[name]?.[key] ?? []).length === 0) continue;
      yield fault(
        `${path}.${key}`,
        `${name} admits the refs that follow from the rule; leave it out`,
      );
    }
  } else if (policies.length === 0 && !RESERVED.has(name)) {
    yield fault(path, "admits no ref, so that no job could enter; add e.g. branches: [main]");
  }
}

function* reviewerFaults({
  name,
  users,
  teams,
  preventSelfReview,
}: DeclaredEnvironment): Generator<Problem> {
  const path = `environments.${name}`;
  const count = users.length + teams.length;
  if (count > MOST_REVIEWERS) {
    yield fault(
      path,
      `has ${count} reviewers, and GitHub takes ${MOST_REVIEWERS} users and teams; name a team instead of its members`,
    );
  }
  yield* twiceFaults(users, `${path}.users`);
  yield* twiceFaults(teams, `${path}.teams`);
  if (count === 0 && preventSelfReview) {
    yield fault(
      `${path}.preventSelfReview`,
      "true, but nobody reviews; name users or teams, or leave it out",
    );
  }
}

/** What jobs of environments do that nobody may enter unreviewed. */
const REVIEWED: Readonly<Record<string, string>> = {
  [DEPLOY_ENVIRONMENT]: "apply the stack, roles and secrets included",
  [CANDIDATE_ENVIRONMENT]: "push what pull requests built",
};

/**
 * Of a stack that is not the local cloud's. An environment whose reviewers are another's by default is told of there, and without
 * candidates no job enters theirs.
 */
function* unreviewedFaults(
  environments: Configuration["environments"],
  declared: readonly DeclaredEnvironment[],
  candidates: boolean,
): Generator<Problem> {
  for (const { name, users, teams } of declared) {
    const jobs = REVIEWED[name];
    if (jobs === undefined || users.length + teams.length > 0) continue;
    const isOfCandidates = name === CANDIDATE_ENVIRONMENT;
    if (isOfCandidates && (!candidates || environments[name] === undefined)) continue;
    const path = `environments.${name}`;
    const without = isOfCandidates ? `; or write ${NAMESPACE}candidates: false` : "";
    yield fault(
      path,
      `has no reviewers, and its jobs ${jobs}; name some, e.g. ${path}: { teams: [release-engineers] }${without}`,
    );
  }
}

function* twiceFaults(names: readonly string[], path: string): Generator<Problem> {
  const lower = names.map((name) => name.toLowerCase());
  for (const [index, name] of names.entries()) {
    if (lower.indexOf(name.toLowerCase()) === index) continue;
    yield fault(path, `${JSON.stringify(name)} is named twice; keep one`);
  }
}

function* stateFaults({
  awsAccountId,
  stateBucket,
  stateKmsKey,
}: Pick<Configuration, "awsAccountId" | "stateBucket" | "stateKmsKey">): Generator<Problem> {
  if (stateKmsKey !== "" && stateBucket === "") {
    yield fault("stateBucket", `missing beside ${NAMESPACE}stateKmsKey; write the state's bucket`);
  }
  if (stateBucket !== "" && awsAccountId === "") {
    yield fault(
      "stateBucket",
      `given, but without ${NAMESPACE}awsAccountId there is no role that could use it; leave it out`,
    );
  }
}

type Apps = Pick<Configuration, "deployApp" | "driftApp" | "pinsApp">;

/** Each App's key is in an environment of its own, and may do what the jobs there do and nothing else. */
function* appFaults({ deployApp, driftApp, pinsApp }: Apps): Generator<Problem> {
  if (driftApp !== "" && driftApp === deployApp) {
    yield fault(
      "driftApp",
      `the same App as ${NAMESPACE}deployApp, whose key may change environments and secrets; make one that may only read`,
    );
  }
  if (pinsApp === "") return;
  for (const [key, other] of Object.entries({ deployApp, driftApp })) {
    if (pinsApp !== other) continue;
    yield fault(
      "pinsApp",
      `the same App as ${NAMESPACE}${key}; make one that may write contents, pull requests and workflows, read checks, and nothing else`,
    );
  }
}

type PinRepositories = Pick<Configuration, "owner" | "repository" | "pinRepositories">;

/** Its own repository is looked at for pins besides these. */
function* pinRepositoryFaults({
  owner,
  repository,
  pinRepositories,
}: PinRepositories): Generator<Problem> {
  const own = `${owner}/${repository}`;
  for (const [index, name] of pinRepositories.entries()) {
    const path = `pinRepositories[${index}]`;
    const first = pinRepositories.findIndex((one) => isSameRepository(one, name));
    if (isSameRepository(name, own)) {
      yield fault(path, `${name} is the stack's own, which is always looked at; leave it out`);
    } else if (first < index) {
      yield fault(path, `${name} stands at pinRepositories[${first}] already; keep one`);
    }
  }
}
