import { formatRepository, parseRepository, type Repository } from "../rules/image-reference.ts";
import { UserError } from "../rules/problems.ts";
import { z } from "zod";
import type { Credentials, Login } from "./authorization.ts";
import { Blobs } from "./blobs.ts";
import { parseJson } from "./bodies.ts";
import { Manifests } from "./manifests.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry.ts";
import { scope, type Access } from "./scopes.ts";
import { Transport } from "./transport.ts";

/** Logins by registry host as written in image references: `docker.io`, `localhost:5001`. */
export type CredentialsByHost = Readonly<Record<string, Credentials>>;

/** The same, where a login may change while it is used. */
export type LoginsByHost = Readonly<Record<string, Login>>;

const TagsDocument = z.object({ tags: z.array(z.string()).nullish() });
const TAGS_LIMIT = 16 * 1024 * 1024;

/** One repository of one registry. */
export class RepositoryClient implements Repository {
  readonly host: string;
  readonly path: string;
  readonly manifests: Manifests;
  readonly blobs: Blobs;
  readonly #transport: Transport;
  readonly #access: Access;

  constructor(transport: Transport, path: string, access: Access) {
    this.host = transport.host;
    this.path = path;
    this.manifests = new Manifests(transport, path, access);
    this.blobs = new Blobs(transport, path, access);
    this.#transport = transport;
    this.#access = access;
  }

  /** All tags, in the registry's order; none when the repository is not there. */
  async tags(): Promise<string[]> {
    const action = "list tags";
    const tags: string[] = [];
    let next: string | undefined = `/v2/${this.path}/tags/list`;
    while (next !== undefined) {
      const { answer, bytes } = await this.#transport.read(
        {
          method: "GET",
          url: next,
          repository: this.path,
          action,
          scopes: [scope(this.path, this.#access)],
          expected: [200, 404],
        },
        TAGS_LIMIT,
      );
      if (answer.status === 404) return [];
      const page = TagsDocument.safeParse(parseJson(bytes));
      if (!page.success) {
        throw new UserError(
          `${formatRepository(this)}: ${action}: the answer is not a list of tags`,
        );
      }
      tags.push(...(page.data.tags ?? []));
      const link = /<([^>]+)>\s*;\s*rel="?next"?/.exec(answer.header("link") ?? "")?.[1];
      next = link && this.#transport.ownUrl(link, this.path, action).href;
    }
    return tags;
  }
}

/**
 * Clients of repositories on any number of registries. One per process is enough: it keeps the logins of a registry
 * and knows the uploads under way.
 */
export class Registries {
  readonly #policy: RetryPolicy;
  readonly #transports = new Map<string, Transport>();
  readonly #changing = new WeakMap<Login, number>();
  #logins = 0;
  readonly #repositories = new Map<string, RepositoryClient>();

  constructor(policy: RetryPolicy = defaultRetryPolicy) {
    this.#policy = policy;
  }

  /**
   * @param name `ghcr.io/pytorch/ci-image`
   * @param logins the registry is asked anonymously when its host has none
   * @param access `push` for a repository that is written to
   */
  repository(name: string, logins: LoginsByHost = {}, access: Access = "pull"): RepositoryClient {
    const { host, path } = parseRepository(name);
    const login = Object.hasOwn(logins, host) ? logins[host] : undefined;
    const account = JSON.stringify([host, ...this.#account(login)]);
    const transport = kept(
      this.#transports,
      account,
      () => new Transport(host, login, this.#policy),
    );
    return kept(
      this.#repositories,
      JSON.stringify([path, access, account]),
      () => new RepositoryClient(transport, path, access),
    );
  }

  /** What tells a login from others: its words, or for one that changes a number of its own. */
  #account(login: Login | undefined): readonly unknown[] {
    if (login === undefined) return [];
    if (!("current" in login)) return [login.username, login.password];
    const number = this.#changing.get(login) ?? ++this.#logins;
    this.#changing.set(login, number);
    return [number];
  }
}

function kept<T>(map: Map<string, T>, key: string, make: () => T): T {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
