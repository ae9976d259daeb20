import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
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
    this.#root = realpathSync(root);
  }

  /**
   * @param path below the root
   * @throws when the system refuses to read it
   */
  read(path: string): TreeFile {
    const file = join(this.#root, path);
    if (relative(this.#root, file).split("/").includes("..")) return { kind: "outside" };
    return this.#open(file, dirname(relative(this.#root, file)));
  }

  #open(path: string, folder: string): TreeFile {
    try {
      if (!this.#isFolder(folder)) return { kind: "link" };
      // A pipe would wait for a writer.
      const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      const file = openSync(path, flags);
      try {
        const status = fstatSync(file);
        if (!status.isFile()) return { kind: "other" };
        if (status.size > LARGEST_FILE) return { kind: "large" };
        return { kind: "file", bytes: readFileSync(file) };
      } finally {
        closeSync(file);
      }
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
    const folder = join(this.#root, path);
    const is = realpathSync(folder) === folder;
    this.#folders.set(path, is);
    return is;
  }
}

const REFUSALS = {
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
