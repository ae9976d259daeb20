import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
} from "node:fs";
import { join } from "node:path";
import { changedCode } from "../../rules/pull-request-files.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { entriesOf } from "./take-data-walk.ts";

/** More files than this are taken for a change of code, since they are not those of this project. */
const MOST_ENTRIES = 50_000;
const DEEPEST = 64;
const PIECE = 64 * 1024;
/** What lies in a checkout and is none of its commit's files. */
const NOT_COMMITTED = new Set([".git", ".slipway", "node_modules", "coverage"]);

/**
 * Whether a pull request's checkout has another file than this one that makes a difference to how a preview is computed. Follows no
 * link, runs nothing there, and says yes to what it cannot look at.
 * @param checkout absolute path; may hold anything
 */
export function changesCode(checkout: string): boolean {
  if (realpathSync(checkout) === realpathSync(PROJECT_ROOT)) return false;
  const other = new Tree(checkout, new Set([".git"]));
  const own = new Tree(PROJECT_ROOT, NOT_COMMITTED);
  try {
    if (other.isBeyond || own.isBeyond) return true;
    const paths = new Set([...other.files, ...own.files]);
    return [...paths].some((path) => !own.hasSame(path, other));
  } catch {
    return true;
  }
}

/** The files of a checkout that make a difference: code, by the rule of rules/pull-request-files.ts. */
class Tree {
  readonly files = new Set<string>();
  /** Whether it has more than is looked at. */
  isBeyond = false;
  readonly #root: string;
  #entries = 0;

  constructor(root: string, leftOut: ReadonlySet<string>) {
    this.#root = root;
    this.#walk("", 0, leftOut);
  }

  hasSame(path: string, other: Tree): boolean {
    if (!this.files.has(path) || !other.files.has(path)) return false;
    return isSameFile(join(this.#root, path), join(other.#root, path));
  }

  #walk(below: string, depth: number, leftOut: ReadonlySet<string> = new Set()): void {
    for (const entry of entriesOf(join(this.#root, below))) {
      this.#entries += 1;
      if (this.#entries > MOST_ENTRIES || depth > DEEPEST) this.isBeyond = true;
      if (this.isBeyond) return;
      const name = entry.name.toString("utf8");
      if (leftOut.has(name)) continue;
      const path = below === "" ? name : `${below}/${name}`;
      if (entry.isDirectory()) {
        // A name that is none in text could not be entered, and is no data either.
        if (!Buffer.from(name, "utf8").equals(entry.name)) this.isBeyond = true;
        else if (changedCode([`${path}/x`]).length > 0) this.#walk(path, depth + 1);
      } else if (changedCode([path]).length > 0) {
        this.files.add(path);
      }
    }
  }
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [lstatSync(one), lstatSync(other)];
  if (a.isSymbolicLink() && b.isSymbolicLink()) return readlinkSync(one) === readlinkSync(other);
  if (!a.isFile() || !b.isFile() || a.size !== b.size) return false;
  return (a.mode & 0o100) === (b.mode & 0o100) && hasSameBytes(one, other);
}

function hasSameBytes(one: string, other: string): boolean {
  const [a, b] = [opened(one), opened(other)];
  try {
    if (!fstatSync(a).isFile() || !fstatSync(b).isFile()) return false;
    const pieces = [Buffer.alloc(PIECE), Buffer.alloc(PIECE)] as const;
    for (;;) {
      const lengths = [readSync(a, pieces[0]), readSync(b, pieces[1])] as const;
      if (lengths[0] !== lengths[1]) return false;
      if (lengths[0] === 0) return true;
      const [x, y] = pieces.map((piece) => piece.subarray(0, lengths[0]));
      if (x === undefined || y?.equals(x) !== true) return false;
    }
  } finally {
    closeSync(a);
    closeSync(b);
  }
}

function opened(path: string): number {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
}
