import { assertVisible, type GithubAccesses, type RepositoryAccess } from "./github-access.ts";
import { UNKNOWN } from "./property-values.ts";

/** What was recorded of the repository that something is in. */
interface RecordedRepository extends RepositoryAccess {
  /** Stays the same when the repository is renamed. */
  readonly repositoryId: number;
}

/**
 * The places on GitHub that the program declares in this run. A resource that it declares no more may stand for the same
 * place as one that it does (it was renamed, or a replacement adopted it), also where an earlier run made that one and ended
 * before its deletions: to delete the old one would take away what the new one is recorded to be.
 */
export class DeclaredPlaces {
  readonly #accesses: GithubAccesses;
  /** Repositories in lower case, by the names of the place in them. */
  readonly #repositories = new Map<string, Set<string>>();

  constructor(accesses: GithubAccesses) {
    this.#accesses = accesses;
  }

  /**
   * Notes what the provider is asked to check: an engine does that for all that is declared, before it deletes anything. What
   * is not known yet is left out, which is so in previews alone.
   */
  note(repository: unknown, ...names: readonly unknown[]): void {
    const isKnown = (name: unknown): name is string => typeof name === "string" && name !== UNKNOWN;
    if (!isKnown(repository) || !names.every(isKnown)) return;
    const key = keyOf(names);
    const repositories = this.#repositories.get(key) ?? new Set();
    this.#repositories.set(key, repositories.add(repository.toLowerCase()));
  }

  /**
   * Whether a recorded place is declared, under whatever name its repository had.
   * @throws what hides a repository of another name, so that it cannot be told whether it is the same one
   */
  async has(recorded: RecordedRepository, ...names: readonly string[]): Promise<boolean> {
    const repositories = this.#repositories.get(keyOf(names)) ?? new Set();
    if (repositories.has(recorded.repository.toLowerCase())) return true;
    for (const repository of repositories) {
      const id = await this.#accesses.recorded({ repository, api: recorded.api }, async (at) => {
        await assertVisible(at);
        return at.github.repositoryId(at.name);
      });
      if (id === recorded.repositoryId) return true;
    }
    return false;
  }
}

/** GitHub takes no notice of the case of names. */
function keyOf(names: readonly string[]): string {
  return JSON.stringify(names.map((name) => name.toLowerCase()));
}
