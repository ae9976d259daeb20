import { existsSync } from "node:fs";
import { readdir, rm, rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readBuildkitChoice } from "./buildkit.ts";
import { removeDockerBuilders } from "./buildkit-docker.ts";
import { stopCloud } from "./cloud.ts";
import { instancePaths, shortSocketFolder } from "./instance.ts";

/**
 * Stops the instance in a folder and deletes it with all its data; the tools, which other instances share, stay.
 * A folder that holds no instance is left alone.
 */
export async function removeCloud(folder: string): Promise<void> {
  const absolute = resolve(folder);
  if (!existsSync(instancePaths.instance(absolute))) return;
  await stopCloud(absolute);
  const choice = await readBuildkitChoice(absolute);
  if (choice?.kind === "docker") await removeDockerBuilders(absolute);
  await rm(shortSocketFolder(absolute), { recursive: true, force: true });
  for (const entry of await readdir(absolute)) {
    if (entry !== "tools") await rm(join(absolute, entry), { recursive: true, force: true });
  }
  await rmdir(absolute).catch(() => undefined);
}
