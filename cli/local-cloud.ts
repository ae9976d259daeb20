import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadProject } from "../engine/project.ts";
import { LocalCloud } from "../rules/local-cloud.ts";
import { UserError } from "../rules/problems.ts";
import { instanceFolder, PROJECT_ROOT } from "./project-root.ts";

/** The stack that the local cloud is made for. */
export const LOCAL_STACK = "local";

/** Starts what does not run yet of the local cloud; the GitHub emulator has the repository of stack `local`. */
export async function startLocalCloud(onProgress: (line: string) => void): Promise<LocalCloud> {
  const { config } = await loadProject(PROJECT_ROOT, LOCAL_STACK);
  // Both are empty in a stack without AWS, whose cloud has it all the same.
  const told = (key: string): string | undefined => {
    const value = config[`slipway:${key}`];
    return value === "" ? undefined : value;
  };
  const { startCloud } = await import("../local/cloud.ts");
  return startCloud({
    folder: instanceFolder(),
    owner: config["slipway:owner"] ?? "",
    repository: config["slipway:repository"] ?? "",
    awsAccountId: told("awsAccountId"),
    awsRegion: told("awsRegion"),
    onProgress,
  });
}

/**
 * What the local cloud told of itself when it was last started.
 * @throws UserError when not all of it runs: each service would be missed in words of its own, after a while.
 */
export async function readLocalCloud(): Promise<LocalCloud> {
  const folder = instanceFolder();
  const { cloudStatus } = await import("../local/status.ts");
  const missing = (await cloudStatus(folder)).filter(({ state }) => state !== "running");
  if (missing.length > 0) {
    const list = missing.map(({ name, state }) => `${name} (${state})`).join(", ");
    throw new UserError(
      `the local cloud in ${folder} does not run: ${list}; start it with npm run local:up, or slipway local start`,
    );
  }
  return readToldCloud();
}

/**
 * The same of a cloud that may be stopped: its hosts and logins stay what they are.
 * @throws UserError when none was ever started
 */
export async function readToldCloud(): Promise<LocalCloud> {
  const folder = instanceFolder();
  try {
    return LocalCloud.parse(JSON.parse(await readFile(join(folder, "cloud.json"), "utf8")));
  } catch (error) {
    throw new UserError(`no local cloud in ${folder}: start it with npm run local:up`, {
      cause: error,
    });
  }
}
