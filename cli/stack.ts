import { join } from "node:path";
import type { Catalog, Family, RegistryName } from "../catalog.ts";
import { contentKeys, type StandIns } from "../context/content-keys.ts";
import type { CredentialsByHost } from "../oci/registries.ts";
import type { Configuration } from "../rules/configuration.ts";
import type { LocalCloud } from "../rules/local-cloud.ts";
import { registryHost, repositoryPath } from "../rules/registry-place.ts";
import { ecrLogin } from "./ecr-login.ts";
import { readLocalCloud, readToldCloud } from "./local-cloud.ts";
import { PROJECT_ROOT } from "./project-root.ts";
import { machineLogin } from "./registry-variables.ts";
import { stackConfiguration } from "./stack-configuration.ts";

/** What a stack is told and publishes, for commands that work without Pulumi; no secret of its configuration is read. */
export interface Stack {
  readonly name: string;
  readonly configuration: Configuration;
  /** Every family of the project, those of other stacks too. */
  readonly catalog: Catalog;
  /** The stack's own families, in the order of its configuration. */
  readonly families: readonly Family[];
  /** The cloud of this machine, in a stack of it. */
  readonly cloud?: LocalCloud;
  readonly standIns?: StandIns;
}

const STAND_IN_SCRIPTS = join(PROJECT_ROOT, "local/stand-ins/scripts");

/**
 * Reads a stack's file and the catalogue, as the program does.
 * @param cloud what of a local cloud is enough: that it runs, or that it was started once
 * @throws ProblemsError that lists every fault of the configuration; UserError when its local cloud does not run
 */
export async function readStack(
  name: string,
  { cloud: needed = "runs" }: { readonly cloud?: "runs" | "is there" } = {},
): Promise<Stack> {
  const { configuration, catalog, families } = await stackConfiguration(name);
  const readCloud = needed === "runs" ? readLocalCloud : readToldCloud;
  const cloud = configuration.local ? await readCloud() : undefined;
  const standIns =
    configuration.standIns && cloud !== undefined
      ? { base: cloud.standIns.base, scripts: STAND_IN_SCRIPTS }
      : undefined;
  return {
    name,
    configuration,
    catalog,
    families,
    ...(cloud !== undefined && { cloud }),
    ...(standIns !== undefined && { standIns }),
  };
}

/** `host/path` of a family's repository on one registry. */
export function repositoryName(
  { configuration, cloud }: Stack,
  family: Pick<Family, "name">,
  registry: RegistryName,
): string {
  const host = registryHost(registry, configuration, cloud);
  return `${host}/${repositoryPath(configuration.owner, family.name)}`;
}

/** The content keys of a family in a stack, by accelerator; `""` in a family with one image. */
export function stackKeys(
  { standIns }: Stack,
  family: Family,
): Promise<ReadonlyMap<string, string>> {
  return contentKeys(family, standIns);
}

/**
 * The logins of this machine at a stack's registries: the local cloud's own, else what environment variables give or
 * `docker login` left, and for ECR a token by AWS's credentials. A registry without one is asked anonymously.
 * @param registries those that are asked
 * @throws UserError when the variables give half of a login
 */
export async function registryLogins(
  { configuration, cloud }: Stack,
  registries: Iterable<RegistryName>,
): Promise<CredentialsByHost> {
  const logins = await Promise.all(
    [...new Set(registries)].map(async (name) => {
      const host = registryHost(name, configuration, cloud);
      if (cloud !== undefined) {
        const { username, password } = cloud.registries[name];
        return [host, { username, password }] as const;
      }
      const login = name === "ecr" ? ecrLogin(host, configuration.awsRegion) : machineLogin(host);
      return [host, await login] as const;
    }),
  );
  return Object.fromEntries(
    logins.flatMap(([host, login]) => (login === undefined ? [] : [[host, login]])),
  );
}
