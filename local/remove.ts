import { readFile, readdir, rm, rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { readBuildkitChoice } from "./buildkit.ts";
import { removeDockerBuilder } from "./buildkit-docker.ts";
import { stopCloud } from "./cloud.ts";
import { readInstance, shortSocketFolder } from "./instance.ts";

/**
 * Stops the instance in a folder and deletes it with all its data; the tools, which other instances share, stay.
 * A folder that holds no instance is left alone.
 */
export async function removeCloud(folder: string): Promise<void> {
  const absolute = resolve(folder);
  if ((await readInstance(absolute)) === undefined) return;
  await stopCloud(absolute);
  const choice = await readBuildkitChoice(absolute);
  if (choice?.kind === "docker") await removeDockerBuilder(absolute);
  await unmountBelow(absolute);
  await rm(shortSocketFolder(absolute), { recursive: true, force: true });
  for (const entry of await readdir(absolute)) {
    if (entry !== "tools") await rm(join(absolute, entry), { recursive: true, force: true });
  }
  await rmdir(absolute).catch(() => undefined);
}

/** Undoes mounts that a killed BuildKit left: deleting would otherwise go through them. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  const points = mounts
    .split("\n")
    .map((line) => unescape(line.split(" ")[4] ?? ""))
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) await execa("umount", ["--lazy", point]);
}

/** Mount points are written with octal escapes for blanks and backslashes. */
function unescape(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 8)),
  );
}
