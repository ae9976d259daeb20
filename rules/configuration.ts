import { z } from "zod";
import { ACCESS_KEYS } from "./configuration-access.ts";
import { BUCKET_PLACE, json, type Key, key, parseValue } from "./configuration-key.ts";
import { sourceKeys } from "./declared-secrets.ts";
import { documentProblems, kindOf } from "./document-problems.ts";
import { PLATFORM } from "./image-label.ts";
import { parseRepository } from "./image-reference.ts";
import { type Channel, isChannel } from "./names.ts";
import type { Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

const boolean = json(z.boolean());
const id = json(z.int().nonnegative()).default(0);
const OIDC_PROVIDER_ARN =
  /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/token\.actions\.githubusercontent\.com$/;
const ACCOUNT = "an account of twelve digits, in quotes";
const PLACE = "an S3 bucket, or BUCKET/PREFIX without a slash at its end";
/** @see https://docs.docker.com/build/builders/drivers/remote/ and, for the schemes, `buildctl --addr` */
const BUILDKIT_ADDRESS = /^(?:tcp|unix|ssh|kube-pod|docker-container):\/\/[^\s,]+$/;
const ADDRESS =
  "an address of BuildKit (tcp://, unix://, ssh://, kube-pod:// or docker-container://)";
const builders = z.record(
  z.string().regex(PLATFORM),
  z.string(ADDRESS).regex(BUILDKIT_ADDRESS, ADDRESS),
  "under a platform's name, e.g. linux/arm64",
);

function isRepositoryOrEmpty(text: string): boolean {
  if (text === "") return true;
  try {
    parseRepository(text);
    return true;
  } catch {
    return false;
  }
}

/** Every key of `slipway:` but the secrets; Pulumi.yaml describes the same ones for the Pulumi CLI. */
export const CONFIGURATION_KEYS = {
  owner: key(
    "the GitHub organisation or user that owns the repository",
    "pytorch",
    z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?$/),
  ),
  repository: key(
    "the name of the GitHub repository without its owner",
    "pytorch",
    z.string().regex(/^(?!\.{1,2}$)[\w.-]{1,100}$/),
  ),
  ownerId: key("the owner's number on GitHub, or 0 while it is not known", "21003710", id),
  repositoryId: key(
    "the repository's number on GitHub, or 0 while it is not known",
    "65600975",
    id,
  ),
  subjectForm: key(
    "name, immutable or both",
    "name",
    z.enum(["name", "immutable", "both"]).default("name"),
  ),
  families: key(
    "a list of at least one folder of images/",
    '["ci-image"]',
    json(z.array(z.string("the name of a folder of images/")).min(1)),
  ),
  channel: key(
    "main, or a branch release/ and one more level",
    "release/2.10",
    z.custom<Channel>((text) => typeof text === "string" && isChannel(text)).default("main"),
  ),
  owns: key("all or images", "all", z.enum(["all", "images"]).default("all")),
  awsAccountId: key(
    "an AWS account of twelve digits, or empty where there is no AWS",
    '"308535385114"',
    z
      .string()
      .regex(/^(?:\d{12})?$/)
      .default(""),
  ),
  awsRegion: key(
    "a region of AWS, or empty where there is no AWS",
    "us-east-1",
    z
      .string()
      .regex(/^(?:[a-z]{2}(?:-[a-z]+)+-\d)?$/)
      .default(""),
  ),
  oidcProvider: key(
    "create, or the ARN of the account's OIDC provider for GitHub",
    "create",
    z.union([z.literal("create"), z.string().regex(OIDC_PROVIDER_ARN)]).default("create"),
  ),
  readBuckets: key(
    "a list of S3 buckets or prefixes in them (BUCKET/PREFIX, without a slash at its end)",
    '["gha-artifacts","ossci-linux/images"]',
    json(z.array(z.string(PLACE).regex(BUCKET_PLACE, PLACE), "a list")).default([]),
  ),
  pullAccounts: key(
    "a list of AWS accounts of twelve digits",
    '["391835788720"]',
    json(z.array(z.string(ACCOUNT).regex(/^\d{12}$/, ACCOUNT))).default([]),
  ),
  builders: key(
    "a map from platforms to addresses of BuildKit (tcp://, unix://, ssh://, kube-pod:// or docker-container://)",
    '{"linux/arm64":"tcp://arm64.example:1234"}',
    json(builders).default({}),
  ),
  baseMirror: key(
    "a repository that base images are fetched from by digest, or empty to fetch them where image.yaml says",
    "ghcr.io/pytorch/bases",
    z.string().refine(isRepositoryOrEmpty).default(""),
  ),
  ...ACCESS_KEYS,
  protect: key("a boolean", "true", boolean.default(true)),
  forceDelete: key("a boolean", "false", boolean.default(false)),
  local: key("a boolean", "false", boolean.default(false)),
  standIns: key("a boolean", "false", boolean.default(false)),
} as const;

/** Keys whose values are secret in every stack: the Pulumi CLI would ask for each of them if they were in its schema. */
export const SECRET_KEYS = [
  "githubToken",
  "ghcrUser",
  "ghcrToken",
  "dockerId",
  "dockerToken",
] as const;
export type SecretKey = (typeof SECRET_KEYS)[number];

type Keys = typeof CONFIGURATION_KEYS;
/** The configuration of a stack, every value of its type. */
export type Configuration = { readonly [K in keyof Keys]: z.output<Keys[K]["schema"]> };

/** The namespace of Slipway's keys in a stack's configuration. */
export const NAMESPACE = "slipway:";

/** The keys of `slipway:` as far as they could be read. */
export interface ConfigurationReading {
  readonly parsed: Partial<Configuration>;
  /** Names of the keys that hold a secret, or might, where the declared ones could not be read. */
  readonly secretKeys: readonly string[];
  /** Whatever is wrong with one key alone. */
  readonly problems: readonly Problem[];
}

/**
 * Reads the keys of `slipway:`, or says everything that is wrong with them. Secret keys are known but not looked at.
 * @param values text by full key (`slipway:owner`), keys of other namespaces included.
 */
export function readConfiguration(
  values: Readonly<Record<string, string>>,
): { readonly configuration: Configuration } | ConfigurationReading {
  const problems: Problem[] = [];
  const read: Record<string, unknown> = {};
  for (const [name, { schema, is, example, shown }] of Object.entries<Key<z.ZodType>>(
    CONFIGURATION_KEYS,
  )) {
    const path = `${NAMESPACE}${name}`;
    const text = values[path];
    const result = schema.safeParse(text);
    if (result.success) {
      read[name] = result.data;
    } else if (text === undefined) {
      problems.push({ path, message: `missing; ${is}, e.g. ${path}: ${example}` });
    } else if (result.error.issues.every((issue) => issue.path.length > 0)) {
      problems.push(...documentProblems(result.error, parseValue(text), path, shown));
    } else {
      const found = shown([]) ? JSON.stringify(text) : kindOf(parseValue(text));
      problems.push({ path, message: `${found} is not ${is}; write e.g. ${example}` });
    }
  }
  const parsed = read as Partial<Configuration>;
  const { secrets } = parsed;
  const sources = secrets ? sourceKeys({ secrets }) : possibleSourceKeys(values);
  const secretNames = [...new Set([...SECRET_KEYS, ...sources])];
  problems.push(...unknownKeys(values, secretNames));
  if (problems.length > 0) return { parsed, secretKeys: secretNames, problems };
  return { configuration: read as Configuration };
}

function unknownKeys(
  values: Readonly<Record<string, string>>,
  secretNames: readonly string[],
): readonly Problem[] {
  const known = [...Object.keys(CONFIGURATION_KEYS), ...secretNames];
  return Object.keys(values).flatMap((path) => {
    if (!path.startsWith(NAMESPACE)) return [];
    const name = path.slice(NAMESPACE.length);
    return known.includes(name) ? [] : { path, message: `unknown key${suggestion(name, known)}` };
  });
}

/** What might be meant for the source of a secret where the declarations have faults: any text below a `source`. */
function possibleSourceKeys(values: Readonly<Record<string, string>>): readonly string[] {
  const declared = parseValue(values[`${NAMESPACE}secrets`] ?? "");
  const below = (value: unknown): readonly unknown[] =>
    typeof value === "object" && value !== null ? Object.values(value) : [];
  return below(declared)
    .flatMap(below)
    .flatMap((secret) => below((secret as { readonly source?: unknown } | null)?.source))
    .filter((name) => typeof name === "string");
}

/** Every key of a stack that holds a secret: those of all stacks, and those that its declared secrets come from. */
export function secretKeys(configuration: Pick<Configuration, "secrets">): readonly string[] {
  return [...new Set([...SECRET_KEYS, ...sourceKeys(configuration)])];
}
