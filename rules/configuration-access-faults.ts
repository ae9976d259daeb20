import { actionsNameProblems } from "./actions-name.ts";
import type { ConfiguredFamily } from "./configuration-faults.ts";
import { CONFIGURATION_KEYS, type Configuration, NAMESPACE } from "./configuration.ts";
import {
  admitsAnyBranch,
  declaredEnvironments,
  type DeclaredEnvironment,
  derivedPolicies,
} from "./declared-environments.ts";
import { declaredSecrets, type DeclaredSecret, sealedValue } from "./declared-secrets.ts";
import type { Problem } from "./problems.ts";
import { DEPLOY_ENVIRONMENT, PUBLISHING_ENVIRONMENT } from "./refs.ts";
import { suggestion } from "./suggestion.ts";

/** Users and teams together. @see https://docs.github.com/en/rest/deployments/environments#create-or-update-an-environment */
const MOST_REVIEWERS = 6;
/** What a subject of GitHub's tokens, a URL and a line of `slipway` hold as it is; GitHub itself takes more. */
const ENVIRONMENT_NAME = /^[\w.-]{1,255}$/;
/** Environments whose refs follow from the rule, whichever families a stack has. */
const RESERVED: ReadonlySet<string> = new Set(derivedPolicies(["pytorch", "therock"]).keys());
/** What a workflow logs in to docker.io with, which knows no login by OIDC. */
const DOCKER_LOGIN = ["DOCKER_ID", "DOCKER_TOKEN"];
/** What only the stack that owns them may declare, with what it is when nothing is declared. */
const OWNED = {
  environments: "{}",
  secrets: "{}",
  sealedSecrets: "{}",
  refCreators: "[]",
  stateBucket: '""',
  stateKmsKey: '""',
} as const;

/** What is wrong with environments, secrets, those who make refs and the place of the state, each value for itself being right. */
export function accessFaults(
  configuration: Configuration,
  families: readonly ConfiguredFamily[],
): readonly Problem[] {
  if (configuration.owns === "images") return [...foundationFaults(configuration)];
  const schemes = families.map(({ scheme }) => scheme);
  const environments = declaredEnvironments(configuration, schemes);
  const derived = derivedPolicies(schemes);
  return [
    ...environmentNameFaults(configuration, derived),
    ...environments.flatMap((environment) => [
      ...policyFaults(environment, configuration, derived),
      ...reviewerFaults(environment, configuration),
    ]),
    ...secretFaults(configuration, environments),
    ...sealedFaults(configuration),
    ...dockerFaults(configuration, families),
    ...twiceFaults(configuration.refCreators, "refCreators"),
    ...stateFaults(configuration),
  ];
}

function fault(path: string, message: string): Problem {
  return { path: `${NAMESPACE}${path}`, message };
}

function* foundationFaults(configuration: Configuration): Generator<Problem> {
  for (const [key, nothing] of Object.entries(OWNED)) {
    if (JSON.stringify(configuration[key as keyof typeof OWNED]) === nothing) continue;
    yield fault(
      key,
      `given, but ${NAMESPACE}owns is images; only main's stack declares it: leave it out`,
    );
  }
}

function* environmentNameFaults(
  { environments }: Configuration,
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
  { environments }: Configuration,
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

function* reviewerFaults(
  { name, users, teams, preventSelfReview }: DeclaredEnvironment,
  { local }: Configuration,
): Generator<Problem> {
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
  if (count > 0) return;
  if (preventSelfReview) {
    yield fault(
      `${path}.preventSelfReview`,
      "true, but nobody reviews; name users or teams, or leave it out",
    );
  }
  if (name === DEPLOY_ENVIRONMENT && !local) {
    yield fault(
      path,
      `has no reviewers, and its jobs apply the stack, roles and secrets included; name some, e.g. ${path}: { teams: [release-engineers] }`,
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

function* secretFaults(
  configuration: Configuration,
  environments: readonly DeclaredEnvironment[],
): Generator<Problem> {
  const names = environments.map(({ name }) => name);
  for (const [name, secrets] of Object.entries(configuration.secrets)) {
    const path = `secrets.${name}`;
    const environment = environments.find((one) => one.name === name);
    if (environment === undefined) {
      const hint = suggestion(name, names);
      yield fault(path, `no environment of this stack${hint}; there are: ${names.join(", ")}`);
    } else if (admitsAnyBranch(environment.policies)) {
      yield fault(
        path,
        `any branch may enter ${name}, so that whoever may push could read them; declare them in another environment`,
      );
    }
    yield* actionsNameProblems(Object.keys(secrets), `${NAMESPACE}${path}`);
  }
  const met = new Map<string, DeclaredSecret>();
  for (const secret of declaredSecrets(configuration)) {
    const { source } = secret;
    if (source === "sealed") continue;
    const path = `secrets.${secret.environment}.${secret.name}.source`;
    const text = JSON.stringify(source);
    const other = met.get(text);
    if (other !== undefined) {
      yield fault(
        path,
        `the same as that of ${other.environment}.${other.name}; give each secret a source of its own, so that one can be renewed without the other`,
      );
    }
    met.set(text, secret);
    if ("config" in source && Object.hasOwn(CONFIGURATION_KEYS, source.config)) {
      yield fault(
        `${path}.config`,
        `${NAMESPACE}${source.config} is a setting and no secret; name a key of its own, e.g. dockerToken`,
      );
    }
  }
}

function* sealedFaults(configuration: Configuration): Generator<Problem> {
  const declared = declaredSecrets(configuration);
  for (const [environment, values] of Object.entries(configuration.sealedSecrets)) {
    for (const name of Object.keys(values)) {
      const secret = declared.find((one) => one.environment === environment && one.name === name);
      if (secret?.source === "sealed" && sealedValue(configuration, secret)) continue;
      const why = secret === undefined ? "is not declared" : "has another source than sealed";
      yield fault(
        `sealedSecrets.${environment}.${name}`,
        `a sealed value, but secret ${environment}.${name} ${why} in ${NAMESPACE}secrets; declare it with source: sealed, or take this out`,
      );
    }
  }
}

function* dockerFaults(
  { secrets }: Configuration,
  families: readonly ConfiguredFamily[],
): Generator<Problem> {
  const family = families.find(({ registries }) => registries.includes("docker.io"));
  if (family === undefined) return;
  for (const name of DOCKER_LOGIN) {
    if (secrets[PUBLISHING_ENVIRONMENT]?.[name] !== undefined) continue;
    yield fault(
      `secrets.${PUBLISHING_ENVIRONMENT}.${name}`,
      `missing, but family ${family.name} is on docker.io, which workflows log in to with it; declare it, e.g. with source: { config: ${name === "DOCKER_ID" ? "dockerId" : "dockerToken"} }`,
    );
  }
}

function* stateFaults({
  awsAccountId,
  stateBucket,
  stateKmsKey,
}: Configuration): Generator<Problem> {
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
