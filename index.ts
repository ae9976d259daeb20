import { join } from "node:path";
import { Provider as GithubProvider } from "@pulumi/github/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { type Family, readCatalog, type RegistryName } from "./catalog.ts";
import { awsProvider } from "./components/aws-provider.ts";
import { DeploymentEnvironment } from "./components/deployment-environment.ts";
import { EcrRepositories } from "./components/ecr-repositories.ts";
import { ImageFamily } from "./components/image-family.ts";
import { PinnedDigests } from "./components/pinned-digests.ts";
import { preflight } from "./components/preflight.ts";
import { RefRulesets } from "./components/ref-rulesets.ts";
import { registryLogins } from "./components/registry-logins.ts";
import { WorkflowRoles } from "./components/workflow-roles.ts";
import { WorkflowVariables } from "./components/workflow-variables.ts";
import { contentKeys } from "./context/content-keys.ts";
import { gitTree } from "./context/git-tree.ts";
import { readClearKeys, readPinsText, readStackFiles } from "./context/stack-files.ts";
import { UserError } from "./rules/problems.ts";
import {
  CANDIDATE_ENVIRONMENT,
  DEPLOY_ENVIRONMENT,
  DRIFT_ENVIRONMENT,
  PINS_ENVIRONMENT,
  PUBLISHING_ENVIRONMENT,
} from "./rules/refs.ts";
import { repositoryPath } from "./rules/registry-place.ts";
import { roleArn, type RoleKey } from "./rules/role-names.ts";
import { declaredRulesets } from "./rules/rulesets.ts";
import { type DeclaredOutputs, OUTPUTS_VERSION, variablesAt } from "./rules/stack-outputs.ts";
import { stackTags } from "./rules/stack-tags.ts";
import { readSettings, runtimeSource } from "./settings.ts";

const ROOT = import.meta.dirname;

const { settings, standIns, keys, trees } = await readInputs();
const { aws, github, repository, families, pins, protect } = settings;
const fullName = `${repository.owner}/${repository.name}`;
const hosts = Object.fromEntries([...settings.registries].map(([name, { host }]) => [name, host]));
const accountProvider = aws && awsProvider(aws);

// Where content is kept.
const tags = stackTags(repository);
const account =
  settings.owns === "all" && aws && accountProvider
    ? { aws, options: { provider: accountProvider, protect } }
    : undefined;
const onEcr = families.filter((family) => family.registries.includes("ecr"));
const repositories =
  account &&
  new EcrRepositories(
    "ecr",
    {
      paths: new Map(onEcr.map((family) => [family.name, pathOf(family)])),
      account: account.aws,
      pullAccounts: account.aws.pullAccounts,
      forceDelete: settings.forceDelete,
      tags,
    },
    account.options,
  );
if (account && repositories && pins.length > 0) {
  const { accountId, region, endpoint } = account.aws;
  new PinnedDigests(
    "pins",
    { account: { accountId, region, ...(endpoint !== undefined && { endpoint }) }, pins },
    { dependsOn: [repositories] },
  );
}

// On which refs workflows get something, and what. Who makes these refs is settled before an environment admits them, and
// environments are there before roles trust their jobs: GitHub makes one that a job names and nobody declared, open to
// everybody. So the variables of environments have ARNs that follow from the account.
const roleArnOf = (key: RoleKey) => account && roleArn(key, account.aws.roles.account);
const inEnvironment: Readonly<Record<string, Readonly<Record<string, pulumi.Input<string>>>>> = {
  [PUBLISHING_ENVIRONMENT]: variablesAt(PUBLISHING_ENVIRONMENT, {
    SLIPWAY_FAMILIES: families.map(({ name }) => name),
    SLIPWAY_PUSH_ROLE_ARN: roleArnOf("push"),
  }),
  [DEPLOY_ENVIRONMENT]: variablesAt(DEPLOY_ENVIRONMENT, {
    SLIPWAY_DEPLOY_ROLE_ARN: roleArnOf("deploy"),
    SLIPWAY_APP_CLIENT_ID: settings.apps.deploy,
  }),
  [DRIFT_ENVIRONMENT]: variablesAt(DRIFT_ENVIRONMENT, {
    SLIPWAY_DRIFT_ROLE_ARN: roleArnOf("drift"),
    SLIPWAY_DRIFT_APP_CLIENT_ID: settings.apps.drift,
  }),
  [CANDIDATE_ENVIRONMENT]: variablesAt(CANDIDATE_ENVIRONMENT, {
    SLIPWAY_CANDIDATE_ROLE_ARN: roleArnOf("candidate"),
  }),
  [PINS_ENVIRONMENT]: variablesAt(PINS_ENVIRONMENT, {
    SLIPWAY_PINS_APP_CLIENT_ID: settings.apps.pins,
  }),
};
const githubProvider =
  github &&
  new GithubProvider("github", {
    owner: repository.owner,
    token: github.token,
    baseUrl: github.baseUrl,
    // The new client heeds the rate limits that GitHub tells it.
    legacyClient: false,
  });
const guards: DeploymentEnvironment[] = [];
if (github && githubProvider) {
  const options = { provider: githubProvider, protect };
  const creators = settings.refCreators;
  const rulesets = declaredRulesets(
    families.map(({ scheme }) => scheme),
    creators,
  );
  const refs =
    rulesets.length === 0
      ? []
      : [new RefRulesets("refs", { repository: repository.name, rulesets, creators }, options)];
  for (const environment of settings.environments) {
    const component = new DeploymentEnvironment(
      environment.name,
      {
        environment,
        repository: fullName,
        api: github,
        secrets: secretsOf(environment.name),
        variables: inEnvironment[environment.name] ?? {},
      },
      { ...options, dependsOn: refs },
    );
    guards.push(component);
  }
}
const roles =
  account &&
  new WorkflowRoles(
    "workflows",
    { repository, roles: account.aws.roles, oidcProvider: account.aws.oidcProvider, tags },
    // A secret that cannot be written takes no role away.
    { ...account.options, dependsOn: guards.map(({ resource }) => resource) },
  );
const atRepository = variablesAt("repository", {
  SLIPWAY_REGISTRIES: hosts,
  SLIPWAY_ECR_REGISTRY: hosts["ecr"],
  SLIPWAY_AWS_REGION: aws?.region,
  SLIPWAY_READ_ROLE_ARN: roles?.arns["read-only"],
});
const ofCandidates = variablesAt("repository", {
  SLIPWAY_CANDIDATES: settings.candidates ? "true" : undefined,
});
if (githubProvider) {
  new WorkflowVariables(
    "workflows",
    { repository: repository.name, variables: atRepository },
    { provider: githubProvider },
  );
  // Jobs that push candidates start by this word, and must find reviewers where they enter.
  if (settings.candidates) {
    new WorkflowVariables(
      "candidates",
      { repository: repository.name, variables: ofCandidates },
      { provider: githubProvider, dependsOn: guards.map(({ resource }) => resource) },
    );
  }
}

// The images themselves.
const logins = registryLogins(settings, accountProvider);
const published = families.map((family, index) => {
  const registries = new Map(
    [...logins].map(([name, login]) => [
      name,
      { host: hostOf(name), path: pathOf(family), credentials: login },
    ]),
  );
  const ecrRepository = repositories?.images.get(family.name);
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

// What the stack tells of itself; rules/stack-outputs.ts says what each is.
const outputs = {
  version: OUTPUTS_VERSION,
  registries: hosts,
  roleArns: roles?.arnsByName ?? {},
  repositoryUrls: Object.fromEntries(
    families.map((family) => {
      const urls = family.registries.map((name) => [name, `${hostOf(name)}/${pathOf(family)}`]);
      return [family.name, Object.fromEntries(urls) as Record<string, string>];
    }),
  ),
  environments: Object.fromEntries(
    settings.environments.map(({ name, policies }) => [
      name,
      {
        branches: policies.filter(({ kind }) => kind === "branch").map(({ pattern }) => pattern),
        tags: policies.filter(({ kind }) => kind === "tag").map(({ pattern }) => pattern),
        secrets: Object.keys(secretsOf(name)),
        variables: Object.keys(inEnvironment[name] ?? {}),
      },
    ]),
  ),
  variables: github ? Object.keys({ ...atRepository, ...ofCandidates }) : [],
  images: Object.fromEntries(
    published.map(({ family, component }) => [
      family.name,
      Object.fromEntries(
        Object.entries(component.images).map(([accelerator, { reference, references, names }]) => [
          accelerator,
          { reference, references, names },
        ]),
      ),
    ]),
  ),
} satisfies DeclaredOutputs;
export const { version, registries, roleArns, repositoryUrls, environments, variables, images } =
  outputs;

/** Everything the program follows from; what a user can mend ends it without a stack trace. */
async function readInputs() {
  try {
    const catalog = await readCatalog();
    const files = {
      stacks: readStackFiles(ROOT),
      clearKeys: readClearKeys(ROOT, pulumi.getStack()),
      pins: readPinsText(ROOT, pulumi.getStack()),
    };
    const settings = readSettings(catalog, runtimeSource(files));
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
    await preflight(settings);
    return { settings, standIns, keys, trees };
  } catch (error) {
    if (error instanceof UserError) throw new pulumi.RunError(error.message, { cause: error });
    throw error;
  }
}

/** What an environment is given of its secrets: none of those that nobody sealed yet. */
function secretsOf(environment: string) {
  return Object.fromEntries(
    settings.secrets.flatMap(({ secret, given }) =>
      secret.environment === environment && given ? [[secret.name, given]] : [],
    ),
  );
}

function hostOf(name: RegistryName): string {
  const registry = settings.registries.get(name);
  if (registry === undefined) throw new Error(`no settings for registry ${name}`);
  return registry.host;
}

function pathOf({ name }: Family): string {
  return repositoryPath(repository.owner, name);
}
