/*
 * Removes the instances of the local cloud in the folders that standard input names, one a line, when it ends: then the
 * process of the tests is gone.
 */
import { createInterface } from "node:readline";
import { removeCloud } from "../../local/remove.ts";
import { removeEngineFolder } from "./engine-folder.ts";

const folders: string[] = [];
for await (const line of createInterface({ input: process.stdin })) folders.push(line);
for (const folder of folders) {
  await removeCloud(folder);
  // A folder in which no instance was ever started, but perhaps a Docker engine.
  await removeEngineFolder(folder);
}
