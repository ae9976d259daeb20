import { GithubClient } from "../github/client.ts";
import { HiddenFromToken, isHttpError } from "../github/faults.ts";
import { rateLimitWait } from "../github/rate-limit.ts";
import { UserError } from "../rules/problems.ts";
import { holdsUnknown, type Properties } from "./property-values.ts";

/** Where GitHub is, and with which token; without one, that of the process counts. */
export interface Api {
  readonly baseUrl: string;
  readonly token?: string;
}

/** A repository (`owner/name`) and the way to it. */
export interface RepositoryAccess {
  readonly repository: string;
  readonly api: Api;
}

/** A repository as its owner's client sees it. */
export interface GithubRepository {
  readonly github: GithubClient;
  readonly owner: string;
  /** Without the owner. */
  readonly name: string;
}

/**
 * The tokens of a run. What is recorded with a resource may long have ended (a workflow's lasts as long as its job), so that
 * what was recorded is looked at with the token that the program gave in this run, where it has given one already, then with
 * the recorded one, and then with that of the process.
 */
export class GithubAccesses {
  readonly #processToken: string | undefined;
  readonly #waitedSecond: number | undefined;
  readonly #clients = new Map<string, GithubClient>();
  /** By repository. */
  readonly #given = new Map<string, Api>();

  /** @param waitedSecond see the client's */
  constructor(processToken: string | undefined, waitedSecond?: number) {
    this.#processToken = processToken;
    this.#waitedSecond = waitedSecond;
  }

  /** Remembers what the program gave in this run. */
  note({ repository, api }: RepositoryAccess): void {
    this.#given.set(repository.toLowerCase(), api);
  }

  /** Access as the program wants it. @throws UserError when there is no token */
  wanted({ repository, api }: RepositoryAccess): GithubRepository {
    const token = api.token ?? this.#ownToken(api);
    if (token === undefined) {
      throw new UserError(
        `${repository}: no token for ${api.baseUrl}; set slipway:githubToken, or GITHUB_TOKEN for an address with https`,
      );
    }
    return this.#open(repository, api.baseUrl, token);
  }

  /**
   * Does work with the first access that is not refused.
   * @throws what refused the last one
   */
  async recorded<T>(
    { repository, api }: RepositoryAccess,
    work: (at: GithubRepository) => Promise<T>,
  ): Promise<T> {
    const own = this.#ownToken(api);
    const ways = [
      this.#given.get(repository.toLowerCase()),
      api,
      { baseUrl: api.baseUrl, ...(own !== undefined && { token: own }) },
    ];
    let refusal: unknown = new UserError(`${repository}: no token for ${api.baseUrl} is recorded`);
    const tried = new Set<GithubClient>();
    for (const way of ways) {
      if (way?.token === undefined) continue;
      const at = this.#open(repository, way.baseUrl, way.token);
      if (tried.has(at.github)) continue;
      tried.add(at.github);
      try {
        return await work(at);
      } catch (error) {
        if (!isRefused(error)) throw error;
        refusal = error;
      }
    }
    throw new Refused(refusal);
  }

  /** A token that no configuration tied to an address goes nowhere in clear. */
  #ownToken({ baseUrl }: Api): string | undefined {
    return baseUrl.startsWith("https://") ? this.#processToken : undefined;
  }

  #open(repository: string, baseUrl: string, token: string): GithubRepository {
    const [owner = "", name = ""] = repository.split("/");
    const key = JSON.stringify([owner, baseUrl, token]);
    const waitedSecond = this.#waitedSecond;
    const wait = waitedSecond === undefined ? {} : { waitedSecond };
    const github = this.#clients.get(key) ?? new GithubClient({ owner, token, baseUrl, ...wait });
    this.#clients.set(key, github);
    return { github, owner, name };
  }
}

/** No token that is known may look at what is recorded. */
export class Refused extends Error {
  constructor(refusal: unknown) {
    super("no token that is known may look", { cause: refusal });
  }
}

/** A refusal says nothing about whether a thing is there. */
function isRefused(error: unknown): boolean {
  if (error instanceof HiddenFromToken) return true;
  if (!isHttpError(error)) return false;
  if (error.status === 401) return true;
  return error.status === 403 && rateLimitWait(error) === undefined;
}

/**
 * Makes sure that something which was not found is not merely hidden.
 * @throws UserError when the token may not see the repository, or there is none
 */
export async function assertVisible({ github, owner, name }: GithubRepository): Promise<void> {
  try {
    await github.repositoryId(name);
  } catch (error) {
    if (!isHttpError(error) || error.status !== 404) throw error;
    throw new HiddenFromToken(
      `${github.endpoint} shows no repository ${owner}/${name} to this token: give it access, or correct slipway:owner and slipway:repository`,
      { cause: error },
    );
  }
}

/**
 * Whether a repository is still the recorded one: a name that changed is another repository unless GitHub knows it by the
 * same number. After a rename the old name leads to the new one, and a deletion there would hit what was just made.
 */
export async function sameRepository(
  accesses: GithubAccesses,
  recorded: { readonly repository: string; readonly repositoryId: number },
  { repository, api }: Properties,
): Promise<boolean> {
  if (typeof repository !== "string" || holdsUnknown(repository)) return false;
  if (repository.toLowerCase() === recorded.repository.toLowerCase()) return true;
  if (holdsUnknown(api)) return false;
  const at = accesses.wanted({ repository, api: api as Api });
  await assertVisible(at);
  return (await at.github.repositoryId(at.name)) === recorded.repositoryId;
}
