import { UserError } from "../rules/problems.ts";
import { isLoopback } from "../rules/loopback.ts";
import { rateLimitWait } from "./rate-limit.ts";

/** Octokit's error for an answer with a status from 400 on, and for no answer at all. */
export interface HttpError extends Error {
  readonly status: number;
  readonly request: { readonly method: string; readonly url: string };
  /** Absent when nothing answered. */
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

/** The given value unless GitHub says that there is no such thing. */
export async function unlessGone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isHttpError(error) && error.status === 404) return undefined;
    throw error;
  }
}

/** GitHub says "not found" of what is there and the token may not see or do; the message names what the token needs. */
export class HiddenFromToken extends UserError {}

export function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && error.name === "HttpError" && "request" in error;
}

/** What a user set for a request, which is what to mend when it fails. */
export interface AskedBy {
  /** Whether the environment variable `GITHUB_API_URL` gave the address. */
  readonly byApiUrl: boolean;
  /** What to do about a token that is refused. */
  readonly otherToken: string;
}

const PROVIDER: AskedBy = {
  byApiUrl: false,
  otherToken: "give the provider another one (slipway:githubToken, or GITHUB_TOKEN)",
};

/**
 * What a refusal by GitHub, or a server that does not answer, means to a user; undefined for other faults.
 * @param asked the provider of the resources without it
 */
export function explainGithubFault(
  error: unknown,
  { byApiUrl, otherToken }: AskedBy = PROVIDER,
): string | undefined {
  if (!isHttpError(error)) return undefined;
  const { method, url } = error.request;
  const { origin: endpoint, hostname, pathname } = new URL(url);
  const asked = `${method} ${pathname}`;
  if (error.response === undefined) {
    const remedy = byApiUrl
      ? "GITHUB_API_URL gives that address: see whether it is right, and whether this machine reaches it"
      : isLoopback(hostname)
        ? "start the local cloud: npm run local:up"
        : "see whether this machine reaches it, and https://www.githubstatus.com";
    return `nothing answers at ${endpoint} (${asked}); ${remedy}`;
  }
  if (error.status === 401) {
    return `${endpoint} does not accept the token (${asked}); ${otherToken}`;
  }
  const wait = rateLimitWait(error);
  if (wait !== undefined) {
    return `${asked}: GitHub's rate limit for the token is used up; run again in ${wait} seconds`;
  }
  return `${asked}: HTTP ${error.status}: ${error.message}`;
}
