import pLimit from "p-limit";
import { isLoginFault } from "../oci/faults.ts";
import type { Registries } from "../oci/registries.ts";
import type { UserError } from "../rules/problems.ts";
import { all } from "./all.ts";
import {
  tagsOf,
  type ImageNameInputs,
  type RegistryNames,
  type WantedNames,
} from "./image-name-inputs.ts";

/** Look-ups in flight at once. */
const PARALLEL = 8;

/** What the registries have of one image. */
export interface Observed {
  /** By `host/path:tag`, where the tag is there. */
  readonly names: Readonly<Record<string, string>>;
  /** Repositories (`host/path`) that have the digest, under a name or none. */
  readonly holders: readonly string[];
  /** Why, by repository (`host/path`), for those that refused the login. */
  readonly refused: ReadonlyMap<string, UserError>;
}

/**
 * Looks up every name, and who has a digest.
 * @throws UserError when a registry cannot be reached: that tells nothing about its names
 */
export async function observe(
  inputs: WantedNames & Pick<ImageNameInputs, "credentials">,
  digest: string,
  registries: Registries,
): Promise<Observed> {
  const limit = pLimit(PARALLEL);
  const names: Record<string, string> = {};
  const holders: string[] = [];
  const refused = new Map<string, UserError>();
  const lookUp = async (repository: string, reference: string): Promise<string | undefined> => {
    const { manifests } = registries.repository(repository, inputs.credentials);
    try {
      return await limit(() => manifests.digest(reference));
    } catch (error) {
      if (!isLoginFault(error)) throw error;
      refused.set(repository, error);
      return undefined;
    }
  };
  const lookAt = async (registry: RegistryNames): Promise<void> => {
    const { repository } = registry;
    const tags = tagsOf(inputs, registry);
    const found = await all(tags.map((tag) => lookUp(repository, tag)));
    for (const [index, tag] of tags.entries()) {
      const at = found[index];
      if (at !== undefined) names[`${repository}:${tag}`] = at;
    }
    // Only a rollback on a registry without floating names has no name to tell by.
    const holds =
      found.includes(digest) ||
      (!refused.has(repository) && (await lookUp(repository, digest)) !== undefined);
    if (holds) holders.push(repository);
  };
  await all(inputs.registries.map(lookAt));
  return { names, holders, refused };
}
