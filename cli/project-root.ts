import { isAbsolute, join, resolve } from "node:path";

/** The folder of the project: where Pulumi.yaml and index.ts lie. */
export const PROJECT_ROOT = join(import.meta.dirname, "..");

/** Folder of the local cloud: SLIPWAY_HOME (relative to the current folder), else `.slipway` of the project. */
export function instanceFolder(): string {
  const home = process.env["SLIPWAY_HOME"];
  if (home === undefined || home === "") return join(PROJECT_ROOT, ".slipway");
  return isAbsolute(home) ? home : resolve(home);
}
