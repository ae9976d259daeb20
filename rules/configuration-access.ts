import { z } from "zod";
import { BUCKET_PLACE, json, key } from "./configuration-key.ts";
import { KeyId, sealedBox } from "./declared-secrets.ts";
import { mapOf } from "./document-problems.ts";
import { GITHUB_REPOSITORY } from "./github-repository.ts";

/** Minutes: thirty days. @see https://docs.github.com/en/rest/deployments/environments */
const LONGEST_WAIT = 43_200;
const WAIT = `a whole number of minutes from 0 to ${LONGEST_WAIT}`;
const LOGIN = "a GitHub login, without @";
const TEAM = "the slug of a team of the repository's owner, e.g. release-engineers";
const PATTERN = "a pattern of refs, e.g. release/*";
const FILE = "the name of a file in .github/workflows, e.g. build.yml";
const REPOSITORY = "OWNER/NAME of a repository on GitHub, e.g. ROCm/rocm-systems";
const DAY = 'a day of the calendar in quotes, e.g. "2027-01-31"';
const SECRET_KEY = "a key of slipway: in letters and digits, e.g. dockerToken";
const VARIABLE = "the name of an environment variable, e.g. DOCKER_TOKEN";
const SOURCE = `{ config: KEY }, { variable: ENVIRONMENT VARIABLE } or sealed`;
const SEALED =
  "what slipway secrets set writes; renew a secret that stands here in clear where it was issued, and then set it so";

const login = z.string(LOGIN).regex(/^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,38})(?:\[bot\])?$/, LOGIN);
/** GitHub makes slugs of names: lower case, and nothing but letters, digits, `-` and `_`. */
const team = z.string(TEAM).regex(/^[a-z0-9_-]{1,255}$/, TEAM);
const pattern = z.string(PATTERN).regex(/^(?!\/)[^\s\\~^:\u0000-\u001f]{1,255}(?<!\/)$/, PATTERN);
const githubRepository = z.string(REPOSITORY).regex(GITHUB_REPOSITORY, REPOSITORY);
const workflow = z.string(FILE).regex(/^[\w.-]+\.ya?ml$/, FILE);
const day = z.string(DAY).refine(isDay, DAY);

const environment = mapOf(
  {
    users: z.array(login, `a list, each ${LOGIN}`).default([]),
    teams: z.array(team, `a list, each ${TEAM}`).default([]),
    waitTimer: z.int(WAIT).min(0, WAIT).max(LONGEST_WAIT, WAIT).default(0),
    preventSelfReview: z.boolean("a boolean").default(false),
    branches: z.array(pattern, `a list, each ${PATTERN}`).default([]),
    tags: z.array(pattern, `a list, each ${PATTERN}`).default([]),
  },
  "a map of users, teams, waitTimer, preventSelfReview, branches and tags",
);

const OWNER = "whoever renews it, a team or a person";
const PURPOSE = "a sentence on what it is for";
const EXPIRY = `${DAY}, or never`;
const USERS = "a list of at least one workflow file: a secret that nothing uses is one too many";
const secret = mapOf(
  {
    owner: z.string(OWNER).min(1, OWNER),
    purpose: z.string(PURPOSE).min(1, PURPOSE),
    users: z.array(workflow, USERS).min(1, USERS),
    expires: z.string(EXPIRY).refine((text) => text === "never" || isDay(text), EXPIRY),
    source: z.union(
      [
        z.literal("sealed"),
        z.strictObject({ config: z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/, SECRET_KEY) }),
        z.strictObject({ variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, VARIABLE) }),
      ],
      SOURCE,
    ),
  },
  "a map of owner, purpose, users, expires and source",
);

const sealed = mapOf(
  {
    keyId: KeyId,
    value: sealedBox(SEALED),
    sealedOn: day,
  },
  "a map of keyId, value and sealedOn, which slipway secrets set writes; renew a secret that stands here in clear",
);

/** What is declared of something by its name in each environment. */
function inEnvironments<Schema extends z.ZodType>(schema: Schema, what: string) {
  const names = z.record(z.string(), schema, `a map from names of secrets to ${what}`);
  return z.record(z.string(), names, `a map from GitHub environments to ${what}`);
}

/** A permission names a key: an alias may come to mean another one. */
const KMS_KEY_ARN =
  /^arn:aws[a-z-]*:kms:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:key\/(?:mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const CLIENT_ID = "the client id of a GitHub App, or empty";
/** `Iv1.` and hexadecimal digits, or `Iv23` and letters and digits. @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app */
const clientId = z.string().regex(/^(?:Iv\d{1,2}\.?[A-Za-z0-9]{8,32})?$/);

/** Keys of a stack's access side: environments, their secrets, who may make refs, where its state is, and its GitHub Apps. */
export const ACCESS_KEYS = {
  environments: key(
    "a map from GitHub environments to their settings",
    '{"docker-deploy":{"teams":["release-engineers"]}}',
    json(z.record(z.string(), environment, "a map from GitHub environments")).default({}),
  ),
  secrets: key(
    "a map from GitHub environments to their secrets",
    '{"docker-build":{"DOCKER_TOKEN":{"owner":"ci-infra","purpose":"Pushes to docker.io.","users":["build.yml"],"expires":"2027-01-31","source":{"config":"dockerToken"}}}}',
    json(inEnvironments(secret, "secrets")).default({}),
    // A value may have been written in place of where it comes from.
    ([, , field]) => field === "users" || field === "expires",
  ),
  sealedSecrets: key(
    "a map from GitHub environments to sealed values",
    "{}",
    json(inEnvironments(sealed, "sealed values")).default({}),
    // A value may have been written without sealing it.
    () => false,
  ),
  refCreators: key(
    "a list of team slugs",
    '["release-engineers"]',
    json(z.array(team, "a list")).default([]),
  ),
  stateBucket: key(
    "an S3 bucket, BUCKET/PREFIX without a slash at its end, or empty",
    "example-state/slipway",
    z.union([z.literal(""), z.string().regex(BUCKET_PLACE)]).default(""),
  ),
  stateKmsKey: key(
    "the ARN of a KMS key (an alias will not do), or empty",
    "arn:aws:kms:us-east-1:308535385114:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    z.union([z.literal(""), z.string().regex(KMS_KEY_ARN)]).default(""),
  ),
  deployApp: key(CLIENT_ID, "Iv23liabcdefghijklmn", clientId.default("")),
  driftApp: key(CLIENT_ID, "Iv23liabcdefghijklmn", clientId.default("")),
  pinsApp: key(CLIENT_ID, "Iv23liabcdefghijklmn", clientId.default("")),
  candidates: key("a boolean", "true", json(z.boolean()).default(true)),
  pinRepositories: key(
    "a list of repositories on GitHub, OWNER/NAME",
    '["ROCm/rocm-systems"]',
    json(z.array(githubRepository, "a list")).default([]),
  ),
} as const;

/** Whether a text is a day of the calendar: `2027-02-30` is none. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
