/* The local cloud as one job may use it. */
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalCloud } from "../../../../rules/local-cloud.ts";

export interface CloudRights {
  /** By which the job speaks to GitHub. */
  readonly token: string;
  /** Whether it runs a protected commit: only then it finds the state of stacks. */
  readonly isTrusted: boolean;
}

/** What tells that the services run, and the base's stand-in. */
const PUBLIC = new Set(["run", "logs", "buildkit", "stand-ins"]);
/** What a job gets its own of, or has nothing to do with: other jobs, and the repositories that it clones. */
const OWN = new Set(["cloud.json", "instance.json", "runs", "git"]);

/**
 * Makes a folder for SLIPWAY_HOME. What GitHub is asked with is the job's own token and not the emulator's, so that its log
 * tells who asked with which permissions. A job of a pull request finds no state of a stack and no key of GitHub's there. The
 * logins at the registries it does find, since registries here let nobody read without one.
 * @returns the folder
 */
export async function describeCloudTo(
  cloud: LocalCloud,
  folder: string,
  { token, isTrusted }: CloudRights,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(cloud.folder)) {
    const isLinked = isTrusted ? !OWN.has(entry) : PUBLIC.has(entry);
    if (isLinked) await symlink(join(cloud.folder, entry), join(folder, entry));
  }
  await letIn(cloud, folder, token);
  return folder;
}

/** Another token for the job, from here on. */
export async function letIn(cloud: LocalCloud, folder: string, token: string): Promise<void> {
  const instance = await readFile(join(cloud.folder, "instance.json"), "utf8");
  const own: LocalCloud = { ...cloud, folder, github: { ...cloud.github, token } };
  const files = {
    "cloud.json": own,
    "instance.json": { ...(JSON.parse(instance) as object), githubToken: token },
  };
  for (const [file, content] of Object.entries(files)) {
    await writeFile(join(folder, file), JSON.stringify(content), { mode: 0o600 });
  }
}
