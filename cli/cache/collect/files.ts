import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ifThere } from "../store/disk-faults.ts";

/** A file in a folder of a store. */
export interface StoredFile {
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
}

/** The plain files in a folder; none where it is not there. Links and folders are nobody's that collects. */
export async function filesIn(folder: string): Promise<readonly StoredFile[]> {
  const names = (await ifThere(() => readdir(folder))) ?? [];
  const files: StoredFile[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const stats = await ifThere(() => lstat(path));
    if (stats?.isFile() !== true) continue;
    files.push({ name, path, size: stats.size, modified: stats.mtimeMs });
  }
  return files;
}

/** The bytes of files. */
export function bytesOf(files: readonly StoredFile[]): number {
  return files.reduce((bytes, { size }) => bytes + size, 0);
}
