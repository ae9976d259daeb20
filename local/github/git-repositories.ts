import { join } from "node:path";
import { z } from "zod";
import { unprocessable } from "./github-error.ts";
import { GitRepository } from "./git-repository.ts";
import { repositoryNamed } from "./lookup.ts";
import { RepositoryFullName } from "./store-names.ts";
import type { Repository, Store } from "./store.ts";

const Given = z.strictObject({
  repository: RepositoryFullName,
  /** Absolute path of a bare repository, which is from then on the repository's own. */
  path: z.string().startsWith("/"),
});

/** What {@link GitRepositories.give} takes. */
export type GivenGit = z.input<typeof Given>;

/**
 * Where git keeps what is in the repositories: for each a bare repository, which is made when the first object is written by
 * the API, or which somebody gave, whose pushes then count as pushes to GitHub. One that has none has only the refs and commits
 * that were put there by name.
 */
export class GitRepositories {
  readonly #store: Store;
  readonly #folder: string;

  /** @param folder for those that nobody gave; made when it is needed */
  constructor(store: Store, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  of({ git }: Pick<Repository, "git">): GitRepository | undefined {
    return git === undefined ? undefined : new GitRepository(git);
  }

  /** That of a repository, made where there is none. */
  made(repository: Repository): GitRepository {
    const known = this.of(repository);
    if (known !== undefined) return known;
    const { owner, name } = repository;
    const made = GitRepository.make(join(this.#folder, owner, `${name}.git`));
    this.#store.change((draft) => {
      repositoryNamed(draft, `${owner}/${name}`).git = made.path;
    });
    return made;
  }

  /** @throws GithubError 404 without the repository, 422 when the body does not fit or there is no git repository */
  give(body: unknown): void {
    const parsed = Given.safeParse(body);
    if (!parsed.success) throw unprocessable(z.prettifyError(parsed.error));
    const { repository, path } = parsed.data;
    if (!new GitRepository(path).isThere()) throw unprocessable(`${path}: no repository of git`);
    this.#store.change((draft) => {
      repositoryNamed(draft, repository).git = path;
    });
  }
}
