import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { UserError } from "../../../rules/problems.ts";

/** Bytes; nobody writes more by hand, and what is larger would not fit into memory beside others. */
export const LARGEST_FILE = 16 * 1024 * 1024;

/** What stands at a path of a tree. */
export type TreeFile =
  | { readonly kind: "file"; readonly bytes: Buffer }
  | { readonly kind: "outside" | "none" | "link" | "other" | "large" };

/** The files of a tree, read without leaving it: a path through a symbolic link is none of the tree's. */
export class TreeFiles {
  readonly #root: string;
  /** Whether a folder is where its path says, by path below the root. */
  readonly #folders = new Map<string, boolean>();

  /**
   * @param root a folder, itself perhaps behind a link
   * @throws UserError when there is none
   */
  constructor(root: string) {
    const isFolder = statSync(root, { throwIfNoEntry: false })?.isDirectory() === true;
    if (!isFolder) throw new UserError(`${root} is no folder; name one that holds a tree`);
    this.#root = realpathSync.native(root);
  }

  /**
   * @param path below the root, parts separated by "/"
   * @throws when the system refuses to read it
   */
  read(path: string): TreeFile {
    if (path.startsWith("/") || path.split("/").includes("..")) return { kind: "outside" };
    try {
      const slash = path.lastIndexOf("/");
      if (slash > 0 && !this.#isFolder(path.slice(0, slash))) return { kind: "link" };
      return opened(`${this.#root}/${path}`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return { kind: "none" };
      if (code === "ELOOP") return { kind: "link" };
      throw error;
    }
  }

  #isFolder(path: string): boolean {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const is = realpathSync.native(`${this.#root}/${path}`) === `${this.#root}/${path}`;
    this.#folders.set(path, is);
    return is;
  }
}

function opened(path: string): TreeFile {
  // A pipe would wait for a writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const status = fstatSync(file);
    if (!status.isFile()) return { kind: "other" };
    if (status.size > LARGEST_FILE) return { kind: "large" };
    return { kind: "file", bytes: readFileSync(file) };
  } finally {
    closeSync(file);
  }
}

/** Why a path of a tree has no bytes, behind its name. */
export const REFUSALS = {
  outside: "is not in the tree",
  none: "is not there any more",
  link: "is or lies behind a symbolic link, which is never followed",
  other: "is no file",
  large: "is larger than 16 MiB, and not looked at",
};

/**
 * The bytes of a file of a tree, which no link leads to.
 * @param path below the root
 * @throws UserError when there is none
 */
export async function readPinned(root: string, path: string): Promise<Buffer> {
  const file = new TreeFiles(root).read(path);
  if (file.kind === "file") return file.bytes;
  throw new UserError(`${join(root, path)} ${REFUSALS[file.kind]}`);
}
