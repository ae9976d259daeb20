import { join, resolve } from "node:path";

/** The folder of the project: where Pulumi.yaml and index.ts lie. */
export const PROJECT_ROOT = join(import.meta.dirname, "..");

/** The folder that the user is in: npm starts scripts in the project's and tells where it was called. */
export function callerFolder(): string {
  return process.env["INIT_CWD"] ?? process.cwd();
}

/** Folder of the local cloud: SLIPWAY_HOME (relative to the current folder), else `.slipway` of the project. */
export function instanceFolder(): string {
  const home = process.env["SLIPWAY_HOME"];
  if (home === undefined || home === "") return join(PROJECT_ROOT, ".slipway");
  return resolve(callerFolder(), home);
}
