import { ecrHost } from "./aws-partition.ts";
import type { Configuration } from "./configuration.ts";
import type { RegistryName } from "./image-file-schema.ts";
import type { LocalCloud } from "./local-cloud.ts";

/**
 * Host of a registry that an `image.yaml` names: `308535385114.dkr.ecr.us-east-1.amazonaws.com`, `ghcr.io`, `localhost:34101`.
 * @param cloud the cloud of this machine, in a stack of it
 */
export function registryHost(
  name: RegistryName,
  { awsAccountId, awsRegion }: Pick<Configuration, "awsAccountId" | "awsRegion">,
  cloud?: LocalCloud,
): string {
  if (cloud !== undefined) return cloud.registries[name].host;
  return name === "ecr" ? ecrHost(awsAccountId, awsRegion) : name;
}

/** Path of a family's repository on every registry; no registry takes capital letters there. */
export function repositoryPath(owner: string, family: string): string {
  return `${owner.toLowerCase()}/${family}`;
}
