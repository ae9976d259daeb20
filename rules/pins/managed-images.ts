import { candidateRepository } from "../build-cache.ts";
import { parseRepository, type Repository } from "../image-reference.ts";
import { repositoryPath } from "../registry-place.ts";

/** A repository whose references in a tree are pins of ours. */
export interface ManagedRepository extends Repository {
  /** Absent of a repository that is listed beside the families. */
  readonly family?: string;
  /** None: one image. */
  readonly accelerators: readonly string[];
  /** Whether it holds images that were built from pull requests. */
  readonly candidate: boolean;
  /** `false`: the family's name on a registry that it is not published on. Such a repository has no image, and is never edited. */
  readonly published?: boolean;
}

/** Every repository that is looked for, in the order in which an interpolated host takes one. */
export interface ManagedImages {
  readonly repositories: readonly ManagedRepository[];
  /** Where people may take a family to be and it is not: apart, so that nothing but a scan meets them. Taken last. */
  readonly unpublished?: readonly ManagedRepository[];
}

/** A family as a stack publishes it. */
export interface PublishedFamily {
  readonly name: string;
  /** None: one image. */
  readonly accelerators: readonly string[];
  /** Of its registries, in the order of image.yaml: `ghcr.io`. */
  readonly hosts: readonly string[];
  /** Of the stack's other registries, which do not have the family; absent: not looked for. */
  readonly otherHosts?: readonly string[];
}

/** What of a stack is looked for in trees. */
export interface PublishedImages {
  readonly owner: string;
  readonly families: readonly PublishedFamily[];
}

/** What the path of a repository with candidates ends with, after the family's own. */
export const CANDIDATE_END = candidateRepository("");

/**
 * The repositories of a stack's families, each on all of its registries and followed by that of its candidates, then the listed
 * ones; apart, those of the families' names on the stack's other registries.
 * @param stack undefined: only what is listed
 * @param listed `host/path`, well-formed
 */
export function managedImages(
  stack: PublishedImages | undefined,
  listed: readonly string[],
): ManagedImages {
  const path = (family: string): string => repositoryPath(stack?.owner ?? "", family);
  const published = (stack?.families ?? []).flatMap(({ name, accelerators, hosts }) =>
    [false, true].flatMap((candidate) =>
      hosts.map((host) => ({
        host,
        path: candidate ? candidateRepository(path(name)) : path(name),
        family: name,
        accelerators,
        candidate,
      })),
    ),
  );
  const others = listed.map((text) => ({
    ...parseRepository(text),
    accelerators: [],
    candidate: false,
  }));
  const unpublished = (stack?.families ?? []).flatMap(({ name, accelerators, otherHosts = [] }) =>
    otherHosts.map((host) => ({
      ...{ host, path: path(name), family: name, accelerators },
      ...{ candidate: false, published: false },
    })),
  );
  return {
    repositories: [...published, ...others],
    ...(unpublished.length > 0 && { unpublished }),
  };
}
