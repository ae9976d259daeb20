/*
 * Removes the instances of the local cloud in the folders that standard input names, one a line, when it ends: then the
 * process of the tests is gone.
 */
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { removeCloud } from "../../local/remove.ts";

const folders: string[] = [];
for await (const line of createInterface({ input: process.stdin })) folders.push(line);
for (const folder of folders) {
  await removeCloud(folder);
  // A folder in which no instance was ever started.
  await rm(folder, { recursive: true, force: true });
}
