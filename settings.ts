import { join, resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Catalog, Family, RegistryName } from "./catalog.ts";
import type { PublishingStack } from "./rules/channel-clash.ts";
import { checkedConfiguration } from "./rules/configuration-faults.ts";
import type { Configuration } from "./rules/configuration.ts";
import {
  declaredEnvironments,
  type DeclaredEnvironment,
  takesCandidates,
} from "./rules/declared-environments.ts";
import type { LocalCloud } from "./rules/local-cloud.ts";
import type { Channel } from "./rules/names.ts";
import { ProblemsError } from "./rules/problems.ts";
import { registryHost } from "./rules/registry-place.ts";
import { rolesArgs } from "./rules/roles-args.ts";
import type { PinnedDigest } from "./rules/pins/pinned-digests.ts";
import type { RolesArgs } from "./rules/roles.ts";
import type { TrustedRepository } from "./rules/trust-policy.ts";
import { trustedRepository } from "./rules/trusted-repository.ts";
import { findCloud } from "./settings-cloud.ts";
import { ecrPins } from "./settings-pins.ts";
import { type GivenSecret, type Login, Secrets, type SecretsSource } from "./settings-secrets.ts";

export type { GivenSecret, Login };

/** Where a family's images live on one registry, and who may push there. */
export interface RegistrySettings {
  readonly name: RegistryName;
  /** `308535385114.dkr.ecr.us-east-1.amazonaws.com`, `ghcr.io`, `localhost:34101`. */
  readonly host: string;
  /** Login for pushes; absent for ECR on AWS, whose token comes from an invoke. */
  readonly credentials?: Login;
}

/** The account that the stack writes to. */
export interface AwsSettings {
  readonly accountId: string;
  readonly region: string;
  readonly oidcProvider: "create" | { readonly arn: string };
  /** What the roles for workflows follow from. */
  readonly roles: RolesArgs;
  /** Accounts besides the stack's own that may pull from its ECR repositories. */
  readonly pullAccounts: readonly string[];
  /** One URL for every service, on the cloud of this machine alone. */
  readonly endpoint?: string;
}

/** How the stack talks to GitHub. */
export interface GithubSettings {
  readonly token: pulumi.Output<string>;
  /** With a slash at its end. */
  readonly baseUrl: string;
}

/** What takes the place of base images and install scripts on this machine. */
export interface StandInSettings {
  /** Named context: `oci-layout://FOLDER@sha256:...`. */
  readonly base: string;
  /** Folder of scripts for each family, relative to the project. */
  readonly scripts: string;
}

/** Everything a stack is told, read once and checked; components never read config or environment. */
export interface Settings {
  readonly stack: string;
  readonly repository: TrustedRepository;
  /** The catalogue's families that this stack publishes, in the order of the configuration. */
  readonly families: readonly Family[];
  readonly channel: Channel;
  /** Whether the stack owns repositories, roles and environments, or images only. */
  readonly owns: "all" | "images";
  /** Absent where no family is on ECR and no account is named. */
  readonly aws?: AwsSettings;
  /** Absent in a stack that owns images only. */
  readonly github?: GithubSettings;
  /** The registries of the families, in the order of `image.yaml`. */
  readonly registries: ReadonlyMap<RegistryName, RegistrySettings>;
  /** The GitHub environments of a stack that owns them. */
  readonly environments: readonly DeclaredEnvironment[];
  /** Their secrets. */
  readonly secrets: readonly GivenSecret[];
  /** Client ids of the GitHub Apps that workflows act as; absent where there is none. */
  readonly apps: { readonly deploy?: string; readonly drift?: string; readonly pins?: string };
  /** Whether pull requests' images are pushed as candidates. */
  readonly candidates: boolean;
  /** Slugs of the teams that make the refs that publish; none where nothing restricts who does. */
  readonly refCreators: readonly string[];
  /** Digests on ECR that code somewhere has written. */
  readonly pins: readonly PinnedDigest[];
  /** Whether repositories, roles, rulesets and environments are protected from deletion. */
  readonly protect: boolean;
  /** Whether an ECR repository may be deleted with images in it. */
  readonly forceDelete: boolean;
  /** Platforms that another BuildKit than the machine's own builds. */
  readonly builders: readonly string[];
  /** `host/path` of a repository that bases are fetched from by digest; empty for none. */
  readonly baseMirror: string;
  readonly standIns?: StandInSettings;
}

const GITHUB_API = "https://api.github.com/";
const STAND_IN_SCRIPTS = "local/stand-ins/scripts";

/** What settings are read from, besides the catalogue. */
export interface SettingsSource extends SecretsSource {
  /** Absolute path of the folder of the local cloud. */
  readonly home: string;
  /** The stacks that have a file beside this one's. */
  readonly stacks: readonly PublishingStack[];
  /** Text of the stack's file of pinned digests; absent where there is none. */
  readonly pins?: string | undefined;
}

/** The source of the program that runs now: Pulumi's runtime and the environment. */
export function runtimeSource(
  files: Pick<SettingsSource, "stacks" | "clearKeys" | "pins">,
): SettingsSource {
  const { SLIPWAY_HOME } = process.env;
  return {
    ...files,
    stack: pulumi.getStack(),
    config: pulumi.runtime.allConfig(),
    dryRun: pulumi.runtime.isDryRun(),
    home: SLIPWAY_HOME ? resolve(SLIPWAY_HOME) : join(import.meta.dirname, ".slipway"),
    variables: process.env,
  };
}

/**
 * Reads and checks the settings of a stack.
 * @throws ProblemsError that lists every fault of the configuration at once, or of the file of pinned digests; no secret value
 * is ever in it.
 */
export function readSettings(catalog: Catalog, source: SettingsSource): Settings {
  const file = `Pulumi.${source.stack}.yaml`;
  const checked = checkedConfiguration(source.config, { ...source, catalog });
  const { configuration } = checked;
  const problems = [...checked.problems];
  const secrets = new Secrets(source);
  secrets.refuseClear(checked.secretKeys);
  if (configuration === undefined) {
    throw new ProblemsError(file, [...problems, ...secrets.problems]);
  }
  const found = configuration.local ? findCloud(source.home) : undefined;
  if (found && "problem" in found) problems.push(found.problem);
  const cloud = found && "cloud" in found ? found.cloud : undefined;
  const families = configuration.families.flatMap((name) => catalog.get(name) ?? []);
  const registries = new Map(
    families
      .flatMap((family) => family.registries)
      .map((name) => [name, registrySettings(name, configuration, secrets, cloud)]),
  );
  const { stack } = source;
  const { channel, owns, protect, forceDelete, standIns, baseMirror, refCreators } = configuration;
  const { deployApp, driftApp, pinsApp } = configuration;
  const aws = awsSettings(configuration, families, cloud);
  const environments = declaredEnvironments(
    configuration,
    families.map(({ scheme }) => scheme),
  );
  const settings: Omit<Settings, "pins"> = {
    stack,
    repository: trustedRepository(configuration),
    families,
    channel,
    owns,
    ...(aws !== undefined && { aws }),
    ...(owns === "all" && { github: githubSettings(configuration, secrets, cloud) }),
    registries,
    environments,
    secrets: secrets.declared(configuration, cloud),
    apps: {
      ...(deployApp !== "" && { deploy: deployApp }),
      ...(driftApp !== "" && { drift: driftApp }),
      ...(pinsApp !== "" && { pins: pinsApp }),
    },
    candidates: takesCandidates(configuration, environments),
    refCreators,
    protect,
    forceDelete,
    builders: Object.keys(configuration.builders),
    baseMirror,
    ...(standIns &&
      cloud && { standIns: { base: cloud.standIns.base, scripts: STAND_IN_SCRIPTS } }),
  };
  problems.push(...secrets.problems);
  if (problems.length > 0) throw new ProblemsError(file, problems);
  return { ...settings, pins: ecrPins(source.pins, settings) };
}

function awsSettings(
  configuration: Configuration,
  families: readonly Family[],
  cloud: LocalCloud | undefined,
): AwsSettings | undefined {
  const { awsAccountId, awsRegion, oidcProvider, pullAccounts } = configuration;
  if (awsAccountId === "") return undefined;
  return {
    accountId: awsAccountId,
    region: awsRegion,
    oidcProvider: oidcProvider === "create" ? oidcProvider : { arn: oidcProvider },
    roles: rolesArgs(configuration, families),
    pullAccounts,
    ...(cloud !== undefined && { endpoint: cloud.aws.endpoint }),
  };
}

function githubSettings(
  { local }: Configuration,
  secrets: Secrets,
  cloud: LocalCloud | undefined,
): GithubSettings {
  if (!local) return { token: secrets.githubToken(), baseUrl: GITHUB_API };
  const { endpoint = "", token = "" } = cloud?.github ?? {};
  return { token: pulumi.secret(token), baseUrl: endpoint.replace(/\/*$/, "/") };
}

function registrySettings(
  name: RegistryName,
  configuration: Configuration,
  secrets: Secrets,
  cloud: LocalCloud | undefined,
): RegistrySettings {
  const host = registryHost(name, configuration, cloud);
  if (configuration.local) {
    const { username = "", password = "" } = cloud?.registries[name] ?? {};
    const credentials = { username: pulumi.secret(username), password: pulumi.secret(password) };
    return { name, host, credentials };
  }
  switch (name) {
    case "ecr":
      return { name, host };
    case "ghcr.io":
      return { name, host, credentials: secrets.login("ghcrUser", "ghcrToken") };
    case "docker.io":
      return { name, host, credentials: secrets.login("dockerId", "dockerToken") };
  }
}
