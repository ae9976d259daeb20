import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import dockerignore, { type Ignore } from "@balena/dockerignore";
import pLimit from "p-limit";
import type { ContextFile } from "../rules/content-key.ts";
import { UserError } from "../rules/problems.ts";

/** Larger files are read in pieces. */
const WHOLE_FILE_BYTES = 1 << 20;
const FILES_AT_ONCE = 16;

/**
 * The files of a build context in the order of their paths, as BuildKit would send them: after the context's ignore file, with symlinks
 * as they are written, never followed.
 * @param dockerfile name of the Dockerfile in `folder`, whose own ignore file goes before `.dockerignore`; absent for a
 *   named context, which has no Dockerfile.
 * @throws UserError for a socket, a pipe or a device: no image can hold what it would give.
 * @see https://docs.docker.com/build/concepts/context/#filename-and-location
 */
export async function contextFiles(
  folder: string,
  dockerfile?: string,
): Promise<readonly ContextFile[]> {
  const ignore = await readIgnoreFile(folder, dockerfile);
  const found: Promise<ContextFile>[] = [];
  const limit = pLimit(FILES_AT_ONCE);

  async function walk(below: string): Promise<void> {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const ignored = ignore.rules.ignores(path);
      if (entry.isDirectory()) {
        // A pattern such as !a/b brings back files under an ignored folder.
        if (!ignored || ignore.hasExceptions) await walk(path);
      } else if (!ignored) {
        found.push(limit(() => contextFile(folder, path)));
      }
    }
  }
  await walk("");
  const files = await Promise.all(found);
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Whether a build context holds a path, by its ignore file alone: the path need not exist. */
export async function contextHolds(
  folder: string,
  dockerfile: string,
  path: string,
): Promise<boolean> {
  return !(await readIgnoreFile(folder, dockerfile)).rules.ignores(path);
}

/** SHA-256 of a file's bytes, 64 hex digits. */
export async function fileDigest(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  if (bytes <= WHOLE_FILE_BYTES) hash.update(await readFile(path));
  else await pipeline(createReadStream(path, { highWaterMark: WHOLE_FILE_BYTES }), hash);
  return hash.digest("hex");
}

async function contextFile(folder: string, path: string): Promise<ContextFile> {
  const full = join(folder, path);
  const stats = await lstat(full);
  if (stats.isSymbolicLink()) {
    const digest = createHash("sha256")
      .update(await readlink(full))
      .digest("hex");
    return { path, kind: "symlink", executable: false, digest };
  }
  if (!stats.isFile()) {
    throw new UserError(
      `${full} is no file, folder or symlink, and an image cannot hold it; delete it or name it in ${join(folder, ".dockerignore")}`,
    );
  }
  const executable = (stats.mode & 0o100) !== 0;
  return { path, kind: "file", executable, digest: await fileDigest(full, stats.size) };
}

async function readIgnoreFile(
  folder: string,
  dockerfile: string | undefined,
): Promise<{ readonly rules: Ignore; readonly hasExceptions: boolean }> {
  const own =
    dockerfile === undefined
      ? undefined
      : await readText(join(folder, `${dockerfile}.dockerignore`));
  const text = own ?? (await readText(join(folder, ".dockerignore"))) ?? "";
  return {
    // The package is CommonJS with its function as `default` too, which is what its types describe.
    rules: dockerignore.default({ ignorecase: false }).add(text),
    hasExceptions: /^\s*!/m.test(text),
  };
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
