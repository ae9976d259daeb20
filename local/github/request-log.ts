import { appendFileSync } from "node:fs";
import { sameName } from "./lookup.ts";
import type { Permissions } from "./store-accounts.ts";
import type { Environment, State } from "./store.ts";

/** What guards an environment and how much it guards, never a value. */
export interface LoggedEnvironment {
  readonly name: string;
  readonly branchPolicy: Environment["deploymentBranchPolicy"];
  /** How many deployment branch and tag policies. */
  readonly policies: number;
  /** How many secrets. */
  readonly secrets: number;
}

/** What one request did. */
export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Who asked; absent where nobody was let in. */
  readonly login?: string;
  /** What the token was given; absent of one that may do everything. */
  readonly permissions?: Permissions | undefined;
  /** The environment that the path is in, as it was after the request; absent where there is none. */
  readonly environment?: LoggedEnvironment;
}

/** A line of the request log. */
export interface RequestLogLine extends LoggedRequest {
  /** `2026-11-21T09:30:58.123Z` */
  readonly time: string;
}

/** Appends one JSON line, with the time; never a header or a body, which hold the token and the values. */
export function logRequest(file: string, request: LoggedRequest): void {
  const line: RequestLogLine = { time: new Date().toISOString(), ...request };
  appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}

const BELOW_ENVIRONMENT =
  /^\/repos\/(?<owner>[^/]+)\/(?<repository>[^/]+)\/environments\/(?<name>[^/]+)(?:\/|$)/;

/** The environment that a request's path is in, as it is now. */
export function environmentAt(state: State, path: string): LoggedEnvironment | undefined {
  const place = BELOW_ENVIRONMENT.exec(path)?.groups;
  if (place === undefined) return undefined;
  const { owner = "", repository = "", name = "" } = place;
  const found = state.repositories
    .find((one) => sameName(one.owner, owner) && sameName(one.name, repository))
    ?.environments.find((one) => sameName(one.name, decodeURIComponent(name)));
  return (
    found && {
      name: found.name,
      branchPolicy: found.deploymentBranchPolicy,
      policies: found.deploymentPolicies.length,
      secrets: found.secrets.length,
    }
  );
}
