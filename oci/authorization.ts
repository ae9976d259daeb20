import { z } from "zod";
import { isLoopback } from "../rules/loopback.ts";
import { UserError } from "../rules/problems.ts";
import { parseJson } from "./bodies.ts";
import { parseChallenges } from "./challenge.ts";

/** A login at one registry. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A login that changes in time: {@link RenewedLogin} is one. */
export interface ChangingLogin {
  /**
   * The login to use now; undefined when there is none.
   * @param refused one that the registry just refused; the same comes back when there is no other
   */
  current(refused?: Credentials): Promise<Credentials | undefined>;
}

/** What a registry is logged in to with. */
export type Login = Credentials | ChangingLogin;

/** Asks a token server: a GET that answers the document, with the header if there is one. */
export type FetchToken = (url: URL, authorization: string | undefined) => Promise<string>;

const TokenDocument = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

interface Token {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

type Method =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: URL; readonly service: string | undefined };

/** Seconds a token lives when its server does not say. @see https://distribution.github.io/distribution/spec/auth/token/ */
const DEFAULT_LIFETIME = 60;
/** Seconds before its end at which a token is no longer used. */
const MARGIN = 10;

/** Token servers on another host than their registry that are known to belong to it. */
const FOREIGN_REALMS: Readonly<Record<string, string>> = {
  "registry-1.docker.io": "auth.docker.io",
};

/**
 * How to log in at one registry, learnt from its first challenge; tokens are kept and shared for as long as they live.
 *
 * The password leaves for two places only: the registry itself, and as its token server the registry's own host or the
 * one in {@link FOREIGN_REALMS}; by https, except on this machine. A registry's answer thus cannot send it elsewhere.
 */
export class Authorization {
  readonly #origin: URL;
  readonly #login: Login | undefined;
  readonly #fetchToken: FetchToken;
  readonly #tokens = new Map<string, Promise<Token>>();
  /** Headers with a password that were made here, and what each was made of. */
  readonly #used = new Map<string, Credentials>();
  /** Values of tokens that were got here. */
  readonly #bearers = new Set<string>();
  #method: Method | undefined;

  /** @param origin of the registry's API: `https://registry-1.docker.io` */
  constructor(origin: URL, login: Login | undefined, fetchToken: FetchToken) {
    this.#origin = origin;
    this.#login = login;
    this.#fetchToken = fetchToken;
  }

  /** Value of the header `Authorization` for these scopes; undefined while no login was asked for. */
  async header(scopes: readonly string[]): Promise<string | undefined> {
    if (this.#method === undefined) return undefined;
    if (this.#method.scheme === "basic") return this.#basic();
    return `Bearer ${(await this.#token(this.#method, scopes)).value}`;
  }

  /**
   * Takes note of a 401.
   * @param used the header that was refused, if one was sent
   * @returns whether it makes sense to ask once more
   * @throws UserError when the registry names a token server that may not have the password
   */
  async challenged(
    wwwAuthenticate: string,
    scopes: readonly string[],
    used: string | undefined,
  ): Promise<boolean> {
    const method = this.#choose(wwwAuthenticate);
    if (method === undefined) return false;
    const before = this.#method;
    this.#method = method;
    if (used === undefined) return true;
    if (method.scheme === "basic") return before?.scheme === "bearer" || this.renewed(used);
    return this.#tokens.delete(keyOf(method, scopes)) || before?.scheme === "basic";
  }

  /**
   * Takes note of a login that is over.
   * @param used the header that was refused
   * @returns whether there is another one by now
   */
  async renewed(used: string): Promise<boolean> {
    const refused = this.#used.get(used);
    if (!isChanging(this.#login) || refused === undefined) return false;
    const next = await this.#login.current(refused);
    return next !== undefined && basic(next) !== used;
  }

  /** Passwords and tokens, in clear and as they are sent: a server that quotes the request must not bring them into a log. */
  secrets(): readonly string[] {
    const known = [...this.#used.values()];
    if (this.#login !== undefined && !isChanging(this.#login)) known.push(this.#login);
    return known
      .flatMap((credentials) => [basic(credentials).slice("Basic ".length), credentials.password])
      .concat([...this.#bearers])
      .filter((secret) => secret !== "");
  }

  #choose(header: string): Method | undefined {
    const challenges = parseChallenges(header);
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    const realm = bearer?.parameters["realm"];
    if (realm !== undefined) {
      return {
        scheme: "bearer",
        realm: this.#realm(realm),
        service: bearer?.parameters["service"],
      };
    }
    const hasBasic = challenges.some(({ scheme }) => scheme === "basic");
    return hasBasic && this.#login !== undefined ? { scheme: "basic" } : undefined;
  }

  #realm(text: string): URL {
    const { host, hostname } = this.#origin;
    const refuse = (why: string): never => {
      throw new UserError(
        `${host} names ${JSON.stringify(text.slice(0, 200))} as its token server, ${why}; ` +
          `no login was sent. If that is right, the registry's configuration must name a server of its own host`,
      );
    };
    const realm = URL.canParse(text) ? new URL(text) : refuse("which is not a URL");
    if (realm.username !== "" || realm.password !== "") return refuse("a URL with a login in it");
    const local = isLoopback(hostname) && isLoopback(realm.hostname);
    if (realm.protocol !== "https:" && !(local && realm.protocol === "http:")) {
      return refuse("which is not https");
    }
    const own = realm.host === host || realm.host === FOREIGN_REALMS[host] || local;
    if (!own && this.#login !== undefined) return refuse("which is another host");
    return realm;
  }

  async #basic(): Promise<string | undefined> {
    const credentials = isChanging(this.#login) ? await this.#login.current() : this.#login;
    if (credentials === undefined) return undefined;
    const header = basic(credentials);
    this.#used.set(header, credentials);
    return header;
  }

  async #token(method: Method & { scheme: "bearer" }, scopes: readonly string[]): Promise<Token> {
    const key = keyOf(method, scopes);
    const kept = this.#tokens.get(key);
    if (kept !== undefined) {
      const token = await kept;
      if (token.expires > Date.now()) return token;
    }
    const asked = this.#ask(method, scopes);
    this.#tokens.set(key, asked);
    try {
      return await asked;
    } catch (error) {
      if (this.#tokens.get(key) === asked) this.#tokens.delete(key);
      throw error;
    }
  }

  async #ask(method: Method & { scheme: "bearer" }, scopes: readonly string[]): Promise<Token> {
    const url = new URL(method.realm);
    if (method.service !== undefined) url.searchParams.set("service", method.service);
    url.searchParams.delete("scope");
    for (const scope of scopes) url.searchParams.append("scope", scope);
    const start = Date.now();
    const document = TokenDocument.safeParse(
      parseJson(await this.#fetchToken(url, await this.#basic())),
    );
    const value = document.data?.token ?? document.data?.access_token;
    if (value === undefined) {
      throw new UserError(`${url.host}: the token server's answer holds no token`);
    }
    this.#bearers.add(value);
    const lifetime = document.data?.expires_in ?? DEFAULT_LIFETIME;
    return { value, expires: start + Math.max(lifetime - MARGIN, 0) * 1000 };
  }
}

function isChanging(login: Login | undefined): login is ChangingLogin {
  return login !== undefined && "current" in login;
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function keyOf(method: Method & { scheme: "bearer" }, scopes: readonly string[]): string {
  return [method.realm.href, method.service ?? "", ...scopes].join(" ");
}
