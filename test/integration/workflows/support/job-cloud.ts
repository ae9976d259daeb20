/* The local cloud as one job may use it. */
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";

export interface CloudRights {
  /** By which the job speaks to GitHub. */
  readonly token: string;
  /** Whether it runs a protected commit: only then it finds state and services of the cloud. */
  readonly isTrusted: boolean;
}

/**
 * Makes a folder for SLIPWAY_HOME. What GitHub is asked with is the job's own token and not the emulator's, so that its log
 * tells who asked with which permissions. Of the cloud's folder a job of a pull request finds nothing but its description:
 * no state and no key. That description holds the registries' logins, since registries here let nobody read without one.
 * @returns the folder
 */
export async function describeCloudTo(
  cloud: LocalCloud,
  folder: string,
  { token, isTrusted }: CloudRights,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const entry of isTrusted ? await readdir(cloud.folder) : []) {
    if (entry !== "cloud.json") await symlink(join(cloud.folder, entry), join(folder, entry));
  }
  await letIn(cloud, folder, token);
  return folder;
}

/** Another token for the job, from here on. */
export async function letIn(cloud: LocalCloud, folder: string, token: string): Promise<void> {
  const own: LocalCloud = { ...cloud, github: { ...cloud.github, token } };
  await writeFile(join(folder, "cloud.json"), JSON.stringify(own), { mode: 0o600 });
}
