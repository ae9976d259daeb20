import { remembered } from "../remembered.ts";
import type { ManagedImages, ManagedRepository } from "./managed-images.ts";

/** A way in which a managed repository is named. */
export interface NamedWay {
  readonly repository: ManagedRepository;
  /** Lower-case parts of its path before the name: `["rocm"]`. */
  readonly parents: readonly string[];
  /** Lower-case hosts; Docker Hub has several. */
  readonly hosts: readonly string[];
  /** Whether it may be named without its host. */
  readonly bare: boolean;
}

/** What looks for the last parts of managed paths. */
export interface ManagedNames {
  /** Longest name first, whatever its case; whether a name is whole is not looked at. */
  readonly pattern: RegExp;
  /** By lower-case name, in the order of the managed repositories. */
  readonly ways: ReadonlyMap<string, readonly NamedWay[]>;
}

const DOCKER_HUB = "docker.io";
/** @see https://github.com/distribution/reference/blob/main/normalize.go */
const DOCKER_HUB_HOSTS = [DOCKER_HUB, "index.docker.io", "registry-1.docker.io"];
const OFFICIAL = "library";

/** The names of managed images; undefined where there are none. Made once for each list of images. */
export const managedNames: (images: ManagedImages) => ManagedNames | undefined =
  remembered(namesOf);

function namesOf({ repositories, unpublished = [] }: ManagedImages): ManagedNames | undefined {
  const ways = new Map<string, NamedWay[]>();
  for (const repository of [...repositories, ...unpublished]) {
    const parts = repository.path.toLowerCase().split("/");
    const name = parts.pop() ?? "";
    const known = ways.get(name) ?? [];
    ways.set(name, [...known, ...waysOf(repository, parts)]);
  }
  if (ways.size === 0) return undefined;
  const names = [...ways.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  return {
    pattern: new RegExp(names.map(literal).join("|"), "gi"),
    ways,
  };
}

function waysOf(repository: ManagedRepository, parents: readonly string[]): readonly NamedWay[] {
  const host = repository.host.toLowerCase();
  if (host !== DOCKER_HUB) return [{ repository, parents, hosts: [host], bare: false }];
  // Where Docker Hub does not have it, "rocm/x" is its path on the registry that does.
  const bare = repository.published !== false;
  const way = { repository, parents, hosts: DOCKER_HUB_HOSTS, bare };
  const isOfficial = parents.length === 1 && parents[0] === OFFICIAL;
  return isOfficial ? [way, { ...way, parents: [] }] : [way];
}

/** A text as a pattern of itself. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
}
