import { z } from "zod";
import { REGISTRY_NAMES } from "./image-file-schema.ts";
import {
  CANDIDATE_ENVIRONMENT,
  DEPLOY_ENVIRONMENT,
  DRIFT_ENVIRONMENT,
  PINS_ENVIRONMENT,
  PUBLISHING_ENVIRONMENT,
} from "./refs.ts";
import type { RoleKey } from "./role-names.ts";

/** A value that is known once something is there: an Output of Pulumi is one. */
interface Later<T = string> {
  apply(use: (value: T) => void): unknown;
}

/** A value of some shape, any part of which may come later. */
type Eventually<T> =
  T | Later<T> | (T extends string ? never : { readonly [K in keyof T]: Eventually<T[K]> });

const HOST = z.string().min(1).describe("Host with its port, if any: `ghcr.io`.");
const ARN = z.string().regex(/^arn:/);
const NAMES = z.array(z.string());
const REFERENCE = z.string().describe("`host/path@sha256:...`.");
const Registries = z.partialRecord(z.enum(REGISTRY_NAMES), HOST);

/** Of the outputs' form: another one when a field goes or comes to mean something else. */
export const OUTPUTS_VERSION = 1;

/** Every stack output, by name. */
export const StackOutputs = z
  .strictObject({
    version: z
      .literal(OUTPUTS_VERSION)
      .describe("Of this form: another one when a field goes or comes to mean something else."),
    registries: Registries.describe("Host of each registry, by its name in `image.yaml`."),
    roleArns: z
      .record(z.string(), ARN)
      .describe("ARN of each role that workflows assume, by the role's name."),
    repositoryUrls: z
      .record(z.string(), z.partialRecord(z.enum(REGISTRY_NAMES), z.string()))
      .describe("`host/path` of each family, by family and registry."),
    environments: z
      .record(
        z.string(),
        z.strictObject({
          branches: NAMES.describe("Patterns of the branches that may enter."),
          tags: NAMES.describe("Patterns of the tags that may enter."),
          secrets: NAMES.describe("Names of its secrets."),
          variables: NAMES.describe("Names of its variables."),
        }),
      )
      .describe("What each GitHub environment admits and holds, by its name; no values."),
    variables: NAMES.describe("Names of the repository's Actions variables."),
    images: z
      .record(
        z.string(),
        z.record(
          z.string(),
          z.strictObject({
            reference: REFERENCE.describe("`host/path@sha256:...` on the first registry."),
            references: z
              .record(z.string(), REFERENCE)
              .describe("The same on every registry, by its name in `image.yaml`."),
            names: z
              .record(z.string(), z.string())
              .describe("Digest of every name, by `host/path:tag`."),
          }),
        ),
      )
      .describe("The images, by family and accelerator; `default` in a family with one image."),
  })
  .describe("What `slipway outputs --json` prints.");
export type StackOutputs = z.output<typeof StackOutputs>;
/** The outputs as the program exports them. */
export type DeclaredOutputs = { readonly [K in keyof StackOutputs]: Eventually<StackOutputs[K]> };

/** Where a variable is kept: beside the repository's workflows, or in one environment for the jobs that enter it. */
export type VariablePlace =
  | "repository"
  | typeof PUBLISHING_ENVIRONMENT
  | typeof DEPLOY_ENVIRONMENT
  | typeof DRIFT_ENVIRONMENT
  | typeof CANDIDATE_ENVIRONMENT
  | typeof PINS_ENVIRONMENT;

/** An Actions variable that a stack declares for workflows. */
export interface ActionsVariable<
  Place extends VariablePlace = VariablePlace,
  Shape extends z.ZodType = z.ZodType,
> {
  readonly place: Place;
  /** Whether its text is JSON of the shape, or itself of the shape. */
  readonly form: "text" | "json";
  readonly shape: Shape;
  readonly description: string;
  /** What reads it, for people. */
  readonly readers: string;
  /** Which stacks declare it, of those that own their foundation. */
  readonly given: "always" | "aws" | "ecr" | "candidates" | "deployApp" | "driftApp" | "pinsApp";
}

function text<Place extends VariablePlace>(
  variable: Omit<ActionsVariable<Place>, "form" | "shape">,
  shape: z.ZodType<string> = z.string().min(1),
) {
  return { ...variable, form: "text", shape } as const;
}

function json<Place extends VariablePlace, Shape extends z.ZodType>(
  variable: Omit<ActionsVariable<Place>, "form" | "shape">,
  shape: Shape,
) {
  return { ...variable, form: "json", shape } as const;
}

/** Every Actions variable that a stack may declare; a workflow reads one as `vars.NAME`. */
export const ACTIONS_VARIABLES = {
  SLIPWAY_REGISTRIES: json(
    {
      place: "repository",
      description: "Host of each registry, by its name in `image.yaml`, as JSON.",
      readers: "jobs that pull or check images",
      given: "always",
    },
    Registries,
  ),
  SLIPWAY_ECR_REGISTRY: text({
    place: "repository",
    description: "Host of the ECR registry.",
    readers: "jobs that log in to ECR",
    given: "ecr",
  }),
  SLIPWAY_AWS_REGION: text({
    place: "repository",
    description: "The AWS region of the registry and the roles.",
    readers: "jobs that assume a role",
    given: "aws",
  }),
  SLIPWAY_READ_ROLE_ARN: text(
    {
      place: "repository",
      description: "The role by which runners fetch images and artifacts.",
      readers: "docker-cache.yml",
      given: "aws",
    },
    ARN,
  ),
  SLIPWAY_CANDIDATES: text(
    {
      place: "repository",
      description:
        "`true`: candidates of pull requests are made. It comes after `docker-candidate` with its reviewers.",
      readers: "candidate.yml",
      given: "candidates",
    },
    z.literal("true"),
  ),
  SLIPWAY_PUSH_ROLE_ARN: text(
    {
      place: PUBLISHING_ENVIRONMENT,
      description: "The role that pushes images.",
      readers: "jobs that build and publish",
      given: "aws",
    },
    ARN,
  ),
  SLIPWAY_FAMILIES: json(
    {
      place: PUBLISHING_ENVIRONMENT,
      description: "The families that the stack publishes, as JSON.",
      readers: "jobs that build and publish",
      given: "always",
    },
    z.array(z.string()),
  ),
  SLIPWAY_DEPLOY_ROLE_ARN: text(
    {
      place: DEPLOY_ENVIRONMENT,
      description: "The role that applies the stack.",
      readers: "up.yml",
      given: "aws",
    },
    ARN,
  ),
  SLIPWAY_APP_CLIENT_ID: text({
    place: DEPLOY_ENVIRONMENT,
    description: "The GitHub App that manages environments, secrets, variables and rulesets.",
    readers: "up.yml",
    given: "deployApp",
  }),
  SLIPWAY_DRIFT_ROLE_ARN: text(
    {
      place: DRIFT_ENVIRONMENT,
      description: "The role that looks for drift.",
      readers: "drift.yml",
      given: "aws",
    },
    ARN,
  ),
  SLIPWAY_DRIFT_APP_CLIENT_ID: text({
    place: DRIFT_ENVIRONMENT,
    description: "The GitHub App that reads the same and may change nothing.",
    readers: "drift.yml",
    given: "driftApp",
  }),
  SLIPWAY_CANDIDATE_ROLE_ARN: text(
    {
      place: CANDIDATE_ENVIRONMENT,
      description: "The role that pushes candidates, images that pull requests built.",
      readers: "candidate.yml",
      given: "aws",
    },
    ARN,
  ),
  SLIPWAY_PINS_APP_CLIENT_ID: text({
    place: PINS_ENVIRONMENT,
    description: "The GitHub App that proposes other pins: it writes branches and pull requests.",
    readers: "pins.yml, candidate.yml",
    given: "pinsApp",
  }),
} as const satisfies Readonly<Record<string, ActionsVariable>>;

type Variables = typeof ACTIONS_VARIABLES;
export type ActionsVariableName = keyof Variables;

/** The variable that tells each role's ARN. */
export const ROLE_VARIABLES = {
  "read-only": "SLIPWAY_READ_ROLE_ARN",
  push: "SLIPWAY_PUSH_ROLE_ARN",
  deploy: "SLIPWAY_DEPLOY_ROLE_ARN",
  drift: "SLIPWAY_DRIFT_ROLE_ARN",
  candidate: "SLIPWAY_CANDIDATE_ROLE_ARN",
} as const satisfies Readonly<Record<RoleKey, ActionsVariableName>>;

/** What a variable is made of: text that may come later, or plain data that is written as JSON. */
type ValueOf<Name extends ActionsVariableName> = Variables[Name]["form"] extends "json"
  ? z.input<Variables[Name]["shape"]>
  : string | Later;

/** The values of a place's variables; one that the stack does not have is left out or undefined. */
export type VariablesAt<Place extends VariablePlace> = {
  readonly [Name in ActionsVariableName as Variables[Name]["place"] extends Place ? Name : never]?:
    ValueOf<Name> | undefined;
};

/** No key but those of a place's variables. */
type NoOther<Values, Place extends VariablePlace> = Readonly<
  Record<Exclude<keyof Values, keyof VariablesAt<Place>>, never>
>;

/** What becomes of values: text, or what becomes text later. */
type TextOf<Values> = string | Extract<Values[keyof Values], Later>;

/**
 * The variables of one place as GitHub keeps them, by name. A name that is none of the place's does not compile.
 *
 * @example
 * variablesAt("docker-build", { SLIPWAY_FAMILIES: ["ci-image"], SLIPWAY_PUSH_ROLE_ARN: role.arn });
 */
export function variablesAt<Place extends VariablePlace, Values extends VariablesAt<Place>>(
  _place: Place,
  values: Values & NoOther<Values, Place>,
): Readonly<Record<string, TextOf<Values>>> {
  const variables: Record<string, TextOf<Values>> = {};
  for (const [name, value] of Object.entries<unknown>(values)) {
    if (value === undefined) continue;
    const json = isVariable(name) && ACTIONS_VARIABLES[name].form === "json";
    variables[name] = json ? JSON.stringify(value) : (value as TextOf<Values>);
  }
  return variables;
}

export function isVariable(name: string): name is ActionsVariableName {
  return Object.hasOwn(ACTIONS_VARIABLES, name);
}

/** Names of the variables that a stack with its own foundation declares in its environments and beside its workflows. */
export function declaredVariables(stack: {
  /** Whether it has an AWS account. */
  readonly aws: boolean;
  /** Whether one of its families is on ECR. */
  readonly ecr: boolean;
  /** Whether pull requests' images are pushed as candidates. */
  readonly candidates: boolean;
  /** Whether its configuration names the GitHub App that applies it. */
  readonly deployApp: boolean;
  /** Whether it names the one that looks for drift. */
  readonly driftApp: boolean;
  /** Whether it names the one that proposes pins. */
  readonly pinsApp: boolean;
  /** Names of its GitHub environments. */
  readonly environments: Iterable<string>;
}): readonly ActionsVariableName[] {
  const places = new Set(["repository", ...stack.environments]);
  const { aws, ecr, ...others } = stack;
  const given = { always: true, aws, ecr: aws && ecr, ...others };
  return Object.keys(ACTIONS_VARIABLES)
    .filter(isVariable)
    .filter((name) => places.has(ACTIONS_VARIABLES[name].place))
    .filter((name) => given[ACTIONS_VARIABLES[name].given]);
}

/** The JSON Schema of a stack's outputs, for those who read them with other tools. */
export function stackOutputsJsonSchema(): Readonly<Record<string, unknown>> {
  return { title: "Outputs of a stack", ...z.toJSONSchema(StackOutputs) };
}
