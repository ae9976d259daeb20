import { createHash, hash } from "node:crypto";
import { closeSync, lstatSync, openSync, readlinkSync, readSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as otherWork } from "node:timers/promises";
import type { ContextFile } from "../rules/content-key.ts";
import { UserError } from "../rules/problems.ts";
import { type IgnoreFile, parseIgnoreFile, type Verdict } from "./ignore-file.ts";

/** What is read at once. */
const PIECE_BYTES = 1 << 20;
/** After so many bytes other work of the process, a build's progress for one, has its turn. */
const TURN_BYTES = 32 << 20;

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
  const paths: string[] = [];

  async function walk(below: string, verdict?: Verdict): Promise<void> {
    for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const own = ignore.verdict(path, verdict);
      if (entry.isDirectory()) {
        // A pattern such as !a/b brings back files under an ignored folder.
        if (!own.ignored || ignore.hasExceptions) await walk(path, own);
      } else if (!own.ignored) paths.push(path);
    }
  }
  await walk("");
  const files: ContextFile[] = [];
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let bytes = 0;
  for (const path of paths.sort()) {
    const { file, size } = contextFile(folder, path, piece);
    files.push(file);
    bytes += size;
    if (bytes < TURN_BYTES) continue;
    bytes = 0;
    await otherWork();
  }
  return files;
}

/** Whether a build context holds a path, by its ignore file alone: the path need not exist. */
export async function contextHolds(
  folder: string,
  dockerfile: string,
  path: string,
): Promise<boolean> {
  const ignore = await readIgnoreFile(folder, dockerfile);
  let verdict: Verdict | undefined;
  for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
    verdict = ignore.verdict(path.slice(0, end), verdict);
  }
  return !ignore.verdict(path, verdict).ignored;
}

/** Reads without a wait: for many small files the waits cost more than reading and hashing them. */
function contextFile(
  folder: string,
  path: string,
  piece: Buffer,
): { readonly file: ContextFile; readonly size: number } {
  const full = join(folder, path);
  const stats = lstatSync(full, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new UserError(
      `${JSON.stringify(full)} is not found by its name: it is not in UTF-8, or was deleted meanwhile; rename it, or run this again`,
    );
  }
  if (stats.isSymbolicLink()) {
    const digest = hash("sha256", readlinkSync(full), "hex");
    return { file: { path, kind: "symlink", executable: false, digest }, size: 0 };
  }
  if (!stats.isFile()) {
    throw new UserError(
      `${full} is no file, folder or symlink, and an image cannot hold it; delete it or name it in ${join(folder, ".dockerignore")}`,
    );
  }
  const executable = (stats.mode & 0o100) !== 0;
  const digest = fileDigest(full, piece);
  return { file: { path, kind: "file", executable, digest }, size: stats.size };
}

function fileDigest(path: string, piece: Buffer): string {
  const descriptor = openSync(path, "r");
  try {
    const whole = createHash("sha256");
    for (;;) {
      const length = readSync(descriptor, piece);
      if (length === 0) return whole.digest("hex");
      whole.update(piece.subarray(0, length));
    }
  } finally {
    closeSync(descriptor);
  }
}

async function readIgnoreFile(folder: string, dockerfile: string | undefined): Promise<IgnoreFile> {
  const own =
    dockerfile === undefined
      ? undefined
      : await readText(join(folder, `${dockerfile}.dockerignore`));
  return parseIgnoreFile(own ?? (await readText(join(folder, ".dockerignore"))) ?? "");
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
