import { readEnvironments, secretName } from "./environments.ts";
import {
  type Finding,
  NotJudged,
  type PolicyResource,
  type ResourcePolicy,
  type StackPolicy,
  UNKNOWN,
} from "./policy.ts";
import { holdsSecretText } from "./secret-text.ts";
import { TYPES } from "./types.ts";
import { inside, isList, isMap, notKnown, textOf } from "./values.ts";

/** Inputs that a secret is in, wherever they are given. */
const SECRET_INPUTS: Readonly<Record<string, readonly string[]>> = {
  [TYPES.environment]: ["api.token"],
  [TYPES.environmentSecret]: ["value", "api.token"],
  [TYPES.imageName]: ["credentials"],
  [TYPES.image]: ["registries", "secrets"],
};

/** Secrets, and what is none but holds one. */
export const secretPolicies: readonly ResourcePolicy[] = [
  {
    name: "variable-holds-no-secret",
    severity: "critical",
    description:
      "A variable holds no secret: GitHub shows variables to everybody who may read the repository, and prints them in logs.",
    remediation:
      "Declare it in slipway:secrets for the environment that needs it, or take the secret out of the variable's value.",
    types: [TYPES.variable, TYPES.environmentVariable],
    *violations({ properties, secrets }) {
      const { value, variableName } = properties;
      if (secrets?.has("value") === true) yield "its value is a secret";
      else if (value === UNKNOWN) yield notKnown("value");
      else if (typeof value === "string") {
        const name = typeof variableName === "string" ? variableName : "";
        if (holdsSecretText(name, value)) yield "its value looks like a secret";
      }
    },
  },
  {
    name: "secret-inputs-are-marked",
    severity: "critical",
    description:
      "Whatever is a secret is marked as one where it is given, else plans, logs and the state hold it in clear.",
    remediation: "Read it with requireSecret, or wrap it with pulumi.secret.",
    types: Object.keys(SECRET_INPUTS),
    *violations({ type, properties, secrets }) {
      for (const input of SECRET_INPUTS[type] ?? []) {
        const [first = "", ...others] = input.split(".");
        const value = inside(properties[first], ...others);
        if (isEmpty(value)) continue;
        if (secrets === undefined) {
          yield new NotJudged(`the engine does not tell whether ${input} is a secret`);
        } else if (!secrets.has(first)) yield `${input} is given in clear`;
      }
    },
  },
  {
    name: "secret-value-is-not-in-the-state",
    severity: "high",
    description:
      "GitHub's provider keeps the value of a secret in the state; Slipway's own resource seals it before anything is recorded.",
    remediation:
      "Use EnvironmentSecret (components/environment-secret.ts) by way of slipway:secrets.",
    types: [TYPES.stockEnvironmentSecret, TYPES.stockSecret],
    *violations({ properties }) {
      for (const input of ["value", "plaintextValue"]) {
        if (!isEmpty(properties[input])) yield `${input} is in the state, whatever encrypts that`;
      }
    },
  },
];

/** Secrets, as far as other resources tell. */
export const secretStackPolicies: readonly StackPolicy[] = [
  {
    name: "secret-is-in-its-environment-alone",
    severity: "high",
    description:
      "A secret of an environment has no double at the repository, which every job on every branch reads without any policy.",
    remediation: "Take the repository's secret away; jobs that need it name the environment.",
    *stackViolations(resources) {
      const inEnvironments = new Map(
        readEnvironments(resources).flatMap(({ name, secrets }) =>
          secrets.map((secret) => [secret.toUpperCase(), name] as const),
        ),
      );
      // A release line's stack may add to an environment that another stack declares.
      for (const resource of resources) {
        const secret = secretName(resource)?.toUpperCase();
        const environment = textOf(resource, "environment");
        if (secret !== undefined && environment !== undefined) {
          inEnvironments.set(secret, environment);
        }
      }
      for (const resource of resources.filter(({ type }) => type === TYPES.stockSecret)) {
        const finding = doubleOf(resource, inEnvironments);
        if (finding !== undefined) yield { resource, finding };
      }
    },
  },
];

function doubleOf(
  secret: PolicyResource,
  inEnvironments: ReadonlyMap<string, string>,
): Finding | undefined {
  const name = secret.properties["secretName"];
  if (name === UNKNOWN) return notKnown("secretName");
  if (typeof name !== "string") return undefined;
  const environment = inEnvironments.get(name.toUpperCase());
  return environment && `${name} is a secret of environment ${environment}, too`;
}

function isEmpty(value: PolicyResource["properties"][string] | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (isList(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}
