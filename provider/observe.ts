import pLimit from "p-limit";
import { isLoginFault } from "../oci/faults.ts";
import type { Registries } from "../oci/registries.ts";
import type { UserError } from "../rules/problems.ts";
import { all } from "./all.ts";
import { tagsOf, type ImageNameInputs } from "./image-name-inputs.ts";

/** Look-ups in flight at once. */
const PARALLEL = 8;

/** What the registries have under the names of one image. */
export interface Observed {
  /** By `host/path:tag`, where the tag is there. */
  readonly names: Readonly<Record<string, string>>;
  /** Why, by repository (`host/path`), for those that refused the login. */
  readonly refused: ReadonlyMap<string, UserError>;
}

/** Looks up every name. @throws UserError when a registry cannot be reached: that tells nothing about its names */
export async function observe(
  inputs: Pick<ImageNameInputs, "contentName" | "registries" | "credentials">,
  registries: Registries,
): Promise<Observed> {
  const limit = pLimit(PARALLEL);
  const names: Record<string, string> = {};
  const refused = new Map<string, UserError>();
  const lookUp = async (repository: string, tag: string): Promise<void> => {
    const { manifests } = registries.repository(repository, inputs.credentials);
    try {
      const digest = await manifests.digest(tag);
      if (digest !== undefined) names[`${repository}:${tag}`] = digest;
    } catch (error) {
      if (!isLoginFault(error)) throw error;
      refused.set(repository, error);
    }
  };
  await all(
    inputs.registries.flatMap((registry) =>
      tagsOf(inputs, registry).map((tag) => limit(() => lookUp(registry.repository, tag))),
    ),
  );
  return { names, refused };
}
