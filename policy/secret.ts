import { holdsSecretText } from "../rules/secret-text.ts";
import { isEnvironmentSecret, secretName } from "./environments.ts";
import {
  type Finding,
  NotJudged,
  type PolicyResource,
  type ResourcePolicy,
  type StackPolicy,
  UNKNOWN,
} from "./policy.ts";
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
        else if (variableName === UNKNOWN) yield notKnown("variableName");
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
        if (isEmpty(value) || secrets?.has(first) === true) continue;
        if (secrets === undefined) {
          yield new NotJudged(`the engine does not tell whether ${input} is a secret`);
        } else if (value === UNKNOWN) yield notKnown(input);
        else yield `${input} is given in clear`;
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
        if (properties[input] === UNKNOWN) yield notKnown(input);
        else if (!isEmpty(properties[input])) {
          yield `${input} is in the state, whatever encrypts that`;
        }
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
      const placed = resources.filter(isEnvironmentSecret);
      for (const resource of resources.filter(({ type }) => type === TYPES.stockSecret)) {
        const finding = doubleOf(resource, placed);
        if (finding !== undefined) yield { resource, finding };
      }
    },
  },
];

/** @param placed secrets of environments */
function doubleOf(secret: PolicyResource, placed: readonly PolicyResource[]): Finding | undefined {
  const name = secret.properties["secretName"];
  if (placed.length === 0) return undefined;
  if (typeof name !== "string") return notKnown("secretName");
  const double = placed.find((one) => secretName(one)?.toUpperCase() === name.toUpperCase());
  if (double !== undefined) {
    return `${name} is a secret of environment ${textOf(double, "environment") ?? "?"}, too`;
  }
  const isOpen = placed.some((one) => secretName(one) === undefined);
  return isOpen ? notKnown("the name of a secret") : undefined;
}

function isEmpty(value: PolicyResource["properties"][string] | undefined): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (isList(value)) return value.length === 0;
  return isMap(value) && Object.keys(value).length === 0;
}
