import { actionsNameProblems } from "./actions-name.ts";
import type { ConfiguredFamily } from "./configuration-faults.ts";
import { CONFIGURATION_KEYS, type Configuration, NAMESPACE } from "./configuration.ts";
import { admitsAnyBranch, type DeclaredEnvironment } from "./declared-environments.ts";
import { declaredSecrets, type DeclaredSecret } from "./declared-secrets.ts";
import type { Problem } from "./problems.ts";
import { PUBLISHING_ENVIRONMENT } from "./refs.ts";
import { suggestion } from "./suggestion.ts";

type Secrets = Pick<Configuration, "secrets">;

/** What a workflow logs in to docker.io with, which knows no login by OIDC. */
const DOCKER_LOGIN = ["DOCKER_ID", "DOCKER_TOKEN"];

function fault(path: string, message: string): Problem {
  return { path: `${NAMESPACE}${path}`, message };
}

/** Secrets of environments that the stack has not, or that anybody may enter who can push. */
export function* placeFaults(
  secrets: Configuration["secrets"],
  environments: readonly DeclaredEnvironment[],
): Generator<Problem> {
  const names = environments.map(({ name }) => name);
  for (const name of Object.keys(secrets)) {
    const environment = environments.find((one) => one.name === name);
    if (environment === undefined) {
      const hint = suggestion(name, names);
      yield fault(
        `secrets.${name}`,
        `no environment of this stack${hint}; there are: ${names.join(", ")}`,
      );
    } else if (admitsAnyBranch(environment.policies)) {
      yield fault(
        `secrets.${name}`,
        `any branch may enter ${name}, so that whoever may push could read them; declare them in another environment`,
      );
    }
  }
}

/** Names that GitHub refuses, and sources that are no source of their own. */
export function* sourceFaults({ secrets }: Secrets): Generator<Problem> {
  for (const [name, own] of Object.entries(secrets)) {
    yield* actionsNameProblems(Object.keys(own), `${NAMESPACE}secrets.${name}`);
  }
  const met = new Map<string, DeclaredSecret>();
  for (const secret of declaredSecrets({ secrets })) {
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

/** Sealed values that belong to no secret which takes one. */
export function* sealedFaults({
  secrets,
  sealedSecrets,
}: Pick<Configuration, "secrets" | "sealedSecrets">): Generator<Problem> {
  const declared = declaredSecrets({ secrets });
  for (const [environment, values] of Object.entries(sealedSecrets)) {
    for (const name of Object.keys(values)) {
      const secret = declared.find((one) => one.environment === environment && one.name === name);
      if (secret?.source === "sealed") continue;
      const why = secret === undefined ? "is not declared" : "has another source than sealed";
      yield fault(
        `sealedSecrets.${environment}.${name}`,
        `a sealed value, but secret ${environment}.${name} ${why} in ${NAMESPACE}secrets; declare it with source: sealed, or take this out`,
      );
    }
  }
}

/** The login that workflows of a family on docker.io need. */
export function* dockerFaults(
  secrets: Configuration["secrets"],
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
