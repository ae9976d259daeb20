import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The first executable file of this name on PATH, or undefined. */
export async function findOnPath(
  name: string,
  path: string = process.env["PATH"] ?? "",
): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder === "") continue;
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** Whether the path is a regular file that this user may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** The first `1.2` or `1.2.3` in a text, as numbers; undefined when there is none. */
export function versionIn(text: string): readonly number[] | undefined {
  const found = /(?<![\d.])(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return found?.slice(1).map((part: string | undefined) => Number(part ?? 0));
}

/** Whether version `found` is at least `needed`; both are lists of numbers, major first. */
export function atLeast(found: readonly number[], needed: readonly number[]): boolean {
  for (const [index, part] of needed.entries()) {
    const difference = (found[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
