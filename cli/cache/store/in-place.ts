import { type FileHandle, lstat } from "node:fs/promises";
import { ifThere } from "./disk-faults.ts";

/** Whether a path still leads to an open file: whoever locks a file by its path must see that it is that path's. */
export async function isInPlace(file: FileHandle, path: string): Promise<boolean> {
  const there = await ifThere(() => lstat(path));
  const here = await file.stat();
  return there?.ino === here.ino && there.dev === here.dev;
}
