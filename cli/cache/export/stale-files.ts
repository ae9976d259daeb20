import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { MAIN_BRANCH } from "../../../rules/names.ts";
import type { Store } from "../store/store.ts";
import { fileName, newestLine } from "./exported-files.ts";
import { targetFault } from "./target-faults.ts";

/**
 * Files in the folder of exported ones that no image of main or of the newest release line has any more: runners would go on
 * loading them. They may be somebody else's, and are left.
 * @returns their paths, sorted
 */
export async function staleFiles(store: Store, folder: string): Promise<readonly string[]> {
  const owned = new Set<string>();
  for (const channel of [MAIN_BRANCH, newestLine(await store.channels())]) {
    if (channel === undefined) continue;
    for (const { label } of await store.images(channel)) owned.add(fileName(label, channel));
  }
  try {
    return (await readdir(folder))
      .filter((name) => /^[^.].*_(?:main|release)\.tar$/.test(name) && !owned.has(name))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    throw targetFault(error, folder);
  }
}
