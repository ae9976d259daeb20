import { cacheRepository } from "./build-cache.ts";
import type { Configuration } from "./configuration.ts";
import type { RegistryName } from "./image-file-schema.ts";
import { repositoryPath } from "./registry-place.ts";
import type { RolesArgs } from "./roles.ts";

/**
 * What the roles of a stack follow from, read from its configuration.
 * @param families of the catalogue; those that the stack publishes on ECR count
 */
export function rolesArgs(
  configuration: Configuration,
  families: Iterable<{ readonly name: string; readonly registries: readonly RegistryName[] }>,
): RolesArgs {
  const { owner, repository, awsAccountId, awsRegion, oidcProvider, readBuckets } = configuration;
  const { stateBucket, stateKmsKey } = configuration;
  const [bucket = "", ...prefix] = stateBucket.split("/");
  const images = [...families]
    .filter(({ name }) => configuration.families.includes(name))
    .filter(({ registries }) => registries.includes("ecr"))
    .map(({ name }) => repositoryPath(owner, name));
  return {
    repository: { owner, name: repository },
    account: { accountId: awsAccountId, region: awsRegion },
    ecrRepositories: images.flatMap((path) => [path, cacheRepository(path)]),
    buckets: readBuckets,
    ...(bucket !== "" && {
      state: {
        bucket,
        prefix: prefix.join("/"),
        ...(stateKmsKey !== "" && { kmsKeyArn: stateKmsKey }),
      },
    }),
    ownsOidcProvider: oidcProvider === "create",
  };
}
