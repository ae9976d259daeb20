import { REGISTRY_NAMES } from "../../rules/image-file-schema.ts";
import type { PublishedImages } from "../../rules/pins/managed-images.ts";
import { registryHost } from "../../rules/registry-place.ts";
import type { Stack } from "../stack.ts";
import type { KnownImages } from "./known-images.ts";

/** What of a stack is looked for in trees: its families, on the hosts that carry them, and on those that do not. */
export function publishedImages({ configuration, cloud, families }: Stack): PublishedImages {
  // A stack without AWS has no host of ECR.
  const all = REGISTRY_NAMES.filter((name) => name !== "ecr" || configuration.awsAccountId !== "");
  return {
    owner: configuration.owner,
    families: families.map(({ name, images, registries }) => ({
      name,
      accelerators: images.flatMap(({ accelerator }) => accelerator ?? []),
      hosts: registries.map((registry) => registryHost(registry, configuration, cloud)),
      otherHosts: all
        .filter((registry) => !registries.includes(registry))
        .map((registry) => registryHost(registry, configuration, cloud)),
    })),
  };
}

/** The images that lists know by a digest, each once. */
export function imagesByDigest({ all }: KnownImages): ReadonlyMap<string, readonly string[]> {
  const known = Map.groupBy(all, ({ digest }) => digest);
  return new Map(
    [...known].map(([digest, images]) => [digest, [...new Set(images.map(({ image }) => image))]]),
  );
}
