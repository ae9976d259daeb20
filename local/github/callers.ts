import { createHash, timingSafeEqual } from "node:crypto";
import { AUTHENTICATED_USER } from "./accounts.ts";
import { appOfJwt } from "./app-jwt.ts";
import { GithubError } from "./github-error.ts";
import type { App, Permissions, Token } from "./store-accounts.ts";
import type { State } from "./store.ts";

/** Whoever makes a request. */
export interface Caller {
  readonly login: string;
  /** Of a token that was given some, which may do nothing else; whoever has none may do everything. */
  readonly permissions?: Permissions | undefined;
  /** The app itself, which shows a JWT and may ask for tokens of its installation and for nothing else. */
  readonly app?: App;
  /** Of the registered token that was shown. */
  readonly tokenHash?: string;
}

/**
 * Who shows this `Authorization` header: the emulator's own user, one of the registered tokens, an app.
 * @param ownToken the one token that is there from the beginning
 * @throws GithubError 401 also for a token that has expired
 */
export function callerOf(
  state: State,
  authorization: string | undefined,
  ownToken: string,
): Caller {
  if (authorization === undefined) throw new GithubError(401, "Requires authentication");
  const given = /^(?:bearer|token) +(?<token>\S+)$/i.exec(authorization)?.groups?.["token"] ?? "";
  if (timingSafeEqual(digest(given), digest(ownToken))) return { login: AUTHENTICATED_USER };
  const hash = tokenHash(given);
  const token = state.tokens.find((one) => one.hash === hash);
  if (token !== undefined) {
    if (hasExpired(token)) throw new GithubError(401, "Bad credentials");
    return { login: token.login, permissions: token.permissions, tokenHash: hash };
  }
  if (given.split(".").length === 3) {
    const app = appOfJwt(given, state.apps);
    return { login: `${app.slug}[bot]`, app };
  }
  throw new GithubError(401, "Bad credentials");
}

function hasExpired({ expiresAt }: Token): boolean {
  return Date.parse(expiresAt) <= Date.now();
}

/** How a registered token is kept. */
export function tokenHash(token: string): string {
  return digest(token).toString("hex");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
