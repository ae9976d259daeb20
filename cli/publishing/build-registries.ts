import type { Family } from "../../catalog.ts";
import { RegistryFault } from "../../oci/faults.ts";
import type { CredentialsByHost, Registries } from "../../oci/registries.ts";
import { UserError } from "../../rules/problems.ts";
import { repositoryName, type Stack } from "../stack.ts";
import type { LeftOut } from "./build-ref.ts";
import type { WantedImage } from "./build-selection.ts";

/** Images on the registries that take them now. */
export interface PushableImages {
  readonly wanted: readonly WantedImage[];
  /** Families that are on ECR alone, and have no repository there. */
  readonly leftOut: readonly LeftOut[];
  /** Families that are built for their other registries, and why. */
  readonly withoutEcr: readonly LeftOut[];
}

/** Any name will do: what counts is what ECR says of the repository that it would be in. */
const ANY_NAME = "latest";

/**
 * Leaves ECR out where it has no repository for a family yet: `up` makes it, and copies content there from the family's
 * other registries. ECR makes none by a push.
 */
export async function pushableImages(
  stack: Stack,
  wanted: readonly WantedImage[],
  registries: Registries,
  credentials: CredentialsByHost,
): Promise<PushableImages> {
  const families = [...new Set(wanted.map(({ family }) => family))];
  const reasons = new Map<Family, string>();
  await Promise.all(
    families.map(async (family) => {
      if (!family.registries.includes("ecr")) return;
      const repository = repositoryName(stack, family, "ecr");
      const reason = await absence(repository, registries, credentials);
      if (reason !== undefined) reasons.set(family, `${repository} ${reason}`);
    }),
  );
  const told = families.flatMap((family) => {
    const reason = reasons.get(family);
    if (reason === undefined) return [];
    const others = family.registries.filter((name) => name !== "ecr");
    return [{ family, others, reason }];
  });
  const reduced = new Map(
    told.map(({ family, others }) => [family, { ...family, registries: others }]),
  );
  return {
    wanted: wanted.flatMap((one) => {
      const family = reduced.get(one.family) ?? one.family;
      return family.registries.length === 0 ? [] : [{ ...one, family }];
    }),
    leftOut: told
      .filter(({ others }) => others.length === 0)
      .map(({ family: { name: family }, reason }) => {
        return { family, reason: `${reason}; up makes it, and builds what belongs there` };
      }),
    withoutEcr: told
      .filter(({ others }) => others.length > 0)
      .map(({ family: { name: family }, others, reason }) => {
        const where = others.join(" and ");
        return {
          family,
          reason: `${reason}; it is built for ${where}, and up makes the repository and copies it there`,
        };
      }),
  };
}

/** Why nothing can be pushed to a repository of ECR yet; undefined where it is there, or something else is the matter. */
async function absence(
  repository: string,
  registries: Registries,
  credentials: CredentialsByHost,
): Promise<string | undefined> {
  try {
    await registries.repository(repository, credentials).manifests.get(ANY_NAME);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (!(error instanceof RegistryFault)) return undefined;
    if (error.status === 404 && error.message.includes("NAME_UNKNOWN")) return "is not there yet";
    // The push role has rights on repositories by name and tag, and so none on one that is still to come.
    if (error.status === 403) return "is not there yet, or not for this login";
  }
  return undefined;
}
