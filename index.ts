import { join } from "node:path";
import * as ecr from "@pulumi/aws/ecr/index.js";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as GithubProvider } from "@pulumi/github/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { type Family, readCatalog, type RegistryName } from "./catalog.ts";
import { DeploymentEnvironment } from "./components/deployment-environment.ts";
import { GithubOidc } from "./components/github-oidc.ts";
import { ImageFamily } from "./components/image-family.ts";
import { ImageRepository } from "./components/image-repository.ts";
import { WorkflowRole } from "./components/workflow-role.ts";
import { WorkflowVariables } from "./components/workflow-variables.ts";
import { contentKeys } from "./context/content-keys.ts";
import { gitTree } from "./context/git-tree.ts";
import { readStackFiles } from "./context/stack-files.ts";
import { awsPartition } from "./rules/aws-partition.ts";
import { cacheRepository, FORGET_UNNAMED_CACHE } from "./rules/build-cache.ts";
import { readOnlyPermissions } from "./rules/permissions.ts";
import { UserError } from "./rules/problems.ts";
import { repositoryPath } from "./rules/registry-place.ts";
import { deploymentPolicies, type Environment, PUBLISHING_ENVIRONMENT } from "./rules/refs.ts";
import { readOnlyRole } from "./rules/roles.ts";
import { type AwsSettings, type Login, readSettings, runtimeSource } from "./settings.ts";

const ROOT = import.meta.dirname;
/** A repository of build caches: its names move, and nothing in it is worth keeping. */
const CACHE = { mutable: true, lifecycle: FORGET_UNNAMED_CACHE, forceDelete: true } as const;

const { settings, standIns, keys, trees } = await readInputs();
const { aws, github, repository, families } = settings;
const fullName = `${repository.owner}/${repository.name}`;
const { roleName: readRoleName, grants, maxSessionSeconds } = readOnlyRole(repository);
const awsProvider = aws && new AwsProvider("aws", awsProviderArgs(aws));

// Where content is kept, and who may read it.
const repositories = new Map<string, ImageRepository>();
const roles = new Map<string, WorkflowRole>();
if (settings.owns === "all" && aws && awsProvider) {
  const options = { provider: awsProvider, protect: settings.protect };
  const tags = { "managed-by": "slipway", repository: fullName };
  const onEcr = families.filter(({ registries }) => registries.includes("ecr"));
  const pull = {
    partition: awsPartition(aws.region).name,
    accountIds: [...new Set([aws.accountId, ...aws.pullAccounts])],
  };
  for (const family of onEcr) {
    const { forceDelete } = settings;
    const args = { repositoryName: pathOf(family), pull, forceDelete, tags };
    repositories.set(family.name, new ImageRepository(family.name, args, options));
    const cache = { ...args, ...CACHE, repositoryName: cacheRepository(pathOf(family)) };
    new ImageRepository(
      `${family.name}-cache`,
      { ...cache, pull: { ...pull, accountIds: [aws.accountId] } },
      { provider: awsProvider },
    );
  }
  const oidc = new GithubOidc(
    "github",
    aws.oidcProvider === "create" ? { create: { tags } } : { existing: aws.oidcProvider },
    options,
  );
  const readRole = new WorkflowRole(
    "read-only",
    {
      roleName: readRoleName,
      description: `Pulls images and reads artifacts for workflows of ${fullName}`,
      trust: { providerArn: oidc.arn, repository, grants },
      permissions: readOnlyPermissions({
        accountId: aws.accountId,
        region: aws.region,
        repositories: onEcr.map(pathOf),
        buckets: aws.readBuckets,
      }),
      maxSessionSeconds,
      tags,
    },
    options,
  );
  roles.set(readRoleName, readRole);
}

// What workflows are given.
const deployments = [...deploymentPolicies(families.map(({ scheme }) => scheme))].map(
  ([environment, policies]) => ({ environment, policies, ...contentsOf(environment) }),
);
const hosts = Object.fromEntries([...settings.registries].map(([name, { host }]) => [name, host]));
const readRoleArn = roles.get(readRoleName)?.arn;
const workflowVariables: Record<string, pulumi.Input<string>> = {
  SLIPWAY_REGISTRIES: JSON.stringify(hosts),
  ...(hosts["ecr"] !== undefined && { SLIPWAY_ECR_REGISTRY: hosts["ecr"] }),
  ...(aws && { SLIPWAY_AWS_REGION: aws.region }),
  ...(readRoleArn && { SLIPWAY_READ_ROLE_ARN: readRoleArn }),
};
if (github) {
  const provider = new GithubProvider("github", {
    owner: repository.owner,
    token: github.token,
    baseUrl: github.baseUrl,
    // The new client heeds the rate limits that GitHub tells it.
    legacyClient: false,
  });
  for (const deployment of deployments) {
    new DeploymentEnvironment(
      deployment.environment,
      { repository: repository.name, ...deployment },
      { provider, protect: settings.protect },
    );
  }
  new WorkflowVariables(
    "workflows",
    { repository: repository.name, variables: workflowVariables },
    { provider },
  );
}

// The images themselves.
const logins = registryLogins();
const published = families.map((family, index) => {
  const registries = new Map(
    [...logins].map(([name, login]) => [
      name,
      { host: hostOf(name), path: pathOf(family), credentials: login },
    ]),
  );
  const ecrRepository = repositories.get(family.name);
  const tree = trees[index];
  const component = new ImageFamily(
    family.name,
    {
      family,
      keys: keys[index] ?? new Map<string, string>(),
      registries,
      channel: settings.channel,
      root: ROOT,
      builders: settings.builders,
      baseMirror: settings.baseMirror,
      ...(tree !== undefined && { tree }),
      ...(standIns && { standIns }),
    },
    { ...(ecrRepository && { dependsOn: [ecrRepository] }) },
  );
  return { family, component };
});

/** Host of each registry, by its name in `image.yaml`. */
export const registries = hosts;
/** By role name. */
export const roleArns = Object.fromEntries([...roles].map(([name, { arn }]) => [name, arn]));
/** `host/path` of each family, by registry. */
export const repositoryUrls = Object.fromEntries(
  families.map((family) => {
    const urls = family.registries.map((name) => [name, `${hostOf(name)}/${pathOf(family)}`]);
    return [family.name, Object.fromEntries(urls) as Record<string, string>];
  }),
);
/** What each GitHub environment admits and holds: patterns of refs, and names. */
export const environments = Object.fromEntries(
  (github ? deployments : []).map(({ environment, policies, secrets, variables }) => [
    environment,
    {
      branches: policies.filter(({ kind }) => kind === "branch").map(({ pattern }) => pattern),
      tags: policies.filter(({ kind }) => kind === "tag").map(({ pattern }) => pattern),
      secrets: Object.keys(secrets),
      variables: Object.keys(variables),
    },
  ]),
);
/** Names of the repository's Actions variables. */
export const variables = github ? Object.keys(workflowVariables) : [];
/** Of each family and accelerator: the reference by digest, the same on each registry, and every name with its digest. */
export const images = Object.fromEntries(
  published.map(({ family, component }) => [
    family.name,
    Object.fromEntries(
      Object.entries(component.images).map(([accelerator, { reference, references, names }]) => [
        accelerator,
        { reference, references, names },
      ]),
    ),
  ]),
);

/** Everything the program follows from; what a user can mend ends it without a stack trace. */
async function readInputs() {
  try {
    const catalog = await readCatalog();
    const settings = readSettings(catalog, runtimeSource(readStackFiles(ROOT)));
    const standIns = settings.standIns && {
      base: settings.standIns.base,
      scripts: join(ROOT, settings.standIns.scripts),
    };
    const keys = await Promise.all(
      settings.families.map((family) => contentKeys(family, standIns)),
    );
    const trees = await Promise.all(
      settings.families.map(async ({ treeName }) =>
        treeName === undefined ? undefined : gitTree(ROOT, treeName),
      ),
    );
    return { settings, standIns, keys, trees };
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError(error.message, { cause: error });
    throw error;
  }
}

/** What jobs find in an environment: nothing of production in one that any branch may enter. */
function contentsOf(environment: Environment) {
  if (environment !== PUBLISHING_ENVIRONMENT) return { secrets: {}, variables: {} };
  const variables = { SLIPWAY_FAMILIES: JSON.stringify(families.map(({ name }) => name)) };
  return { secrets: settings.environmentSecrets, variables };
}

function awsProviderArgs({ accountId, region, endpoint }: AwsSettings) {
  const account = { region, allowedAccountIds: [accountId] };
  if (endpoint === undefined) return account;
  return {
    ...account,
    endpoints: [{ ecr: endpoint, iam: endpoint, sts: endpoint, s3: endpoint }],
    // The emulator takes any.
    accessKey: "local",
    secretKey: "local",
    skipCredentialsValidation: true,
    skipMetadataApiCheck: true,
    s3UsePathStyle: true,
  };
}

/** The login to each registry; ECR's on AWS lasts twelve hours and is asked for in every run. */
function registryLogins(): ReadonlyMap<RegistryName, Login> {
  return new Map(
    [...settings.registries].map(([name, { credentials }]) => [name, credentials ?? ecrLogin()]),
  );
}

function ecrLogin(): Login {
  if (!aws || !awsProvider) throw new Error("a registry without login in a stack without AWS");
  const token = ecr.getAuthorizationTokenOutput(
    { registryId: aws.accountId },
    { provider: awsProvider },
  );
  return { username: pulumi.secret(token.userName), password: pulumi.secret(token.password) };
}

function hostOf(name: RegistryName): string {
  const registry = settings.registries.get(name);
  if (registry === undefined) throw new Error(`no settings for registry ${name}`);
  return registry.host;
}

function pathOf({ name }: Family): string {
  return repositoryPath(repository.owner, name);
}
