import { readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";

/** Every file of a tree but git's own with its bytes as Latin-1, and every link with where it points, by path. */
export async function treeBytes(root: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const contents = await Promise.all(
    entries.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      const path = relative(root, file);
      if (path.split("/").includes(".git")) return [];
      if (entry.isSymbolicLink()) return [[path, `link to ${await readlink(file)}`] as const];
      return entry.isFile() ? [[path, await readFile(file, "latin1")] as const] : [];
    }),
  );
  return Object.fromEntries(contents.flat().sort());
}
