import { createHash } from "node:crypto";

/** What a folder of git's has under a name. */
export interface GitEntry {
  /** Octal, six digits as GitHub writes it: `100644`, `040000`. */
  readonly mode: string;
  readonly name: string;
  /** 40 hex digits. */
  readonly sha: string;
}

/** Of a folder. */
export const TREE_MODE = "040000";

/**
 * The hash by which git calls a file's bytes.
 * @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
 */
export function blobHash(bytes: Buffer): string {
  return objectHash("blob", bytes);
}

/** The hash by which git calls a folder: of its names, their modes and hashes, in git's own order. */
export function treeHash(entries: readonly GitEntry[]): string {
  const sorted = entries
    .map((entry) => ({
      ...entry,
      key: Buffer.from(entry.mode === TREE_MODE ? `${entry.name}/` : entry.name),
    }))
    .sort((one, other) => Buffer.compare(one.key, other.key));
  const parts = sorted.flatMap(({ mode, name, sha }) => [
    // Git writes modes without zeros before them.
    Buffer.from(`${mode.replace(/^0+/, "")} ${name}\0`),
    Buffer.from(sha, "hex"),
  ]);
  return objectHash("tree", Buffer.concat(parts));
}

function objectHash(type: string, content: Buffer): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}
