import { appendFileSync } from "node:fs";

/** A line of the request log. */
export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** HTTP status of the answer. */
  readonly status: number;
}

/** Appends one JSON line, with the time; never a header or a body, which hold the token and the values. */
export function logRequest(file: string, { method, path, status }: LoggedRequest): void {
  const line = { time: new Date().toISOString(), method, path, status };
  appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
