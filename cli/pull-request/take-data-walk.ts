import { type Dirent, lstatSync, opendirSync } from "node:fs";
import { printable } from "../../rules/printable.ts";

/** A file of a checkout that may be taken. */
export interface FoundFile {
  /** From the checkout's folder, with slashes. */
  readonly path: string;
  /** In bytes, when it was looked at. */
  readonly size: number;
}

/** What may not be there, or is too much. */
export interface DataFault {
  /** Printable. */
  readonly where: string;
  readonly message: string;
}

/** A real images/ has a few hundred files of a few kilobytes. */
export const MOST_ENTRIES = 5000;
const DEEPEST = 24;
/** In bytes; a path is put behind that of a temporary folder. */
const LONGEST_PATH = 1000;
const LONGEST_SHOWN = 200;
/** Faults that are told one by one. */
export const MOST_FAULTS = 100;

/**
 * Lists what lies in a folder that anybody may have written: regular files in real folders, nothing else, with names that
 * show as what they are. Follows no link, opens no file, and stops at {@link MOST_ENTRIES}.
 * @param checkout absolute path
 * @param below the folder, from the checkout's
 */
export function walkData(
  checkout: string,
  below: string,
): { readonly files: readonly FoundFile[]; readonly faults: readonly DataFault[] } {
  const walk = new Walk(checkout);
  walk.enter(below, 0);
  return walk;
}

class Walk {
  readonly files: FoundFile[] = [];
  readonly faults: DataFault[] = [];
  readonly #checkout: string;
  #entries = 0;
  #stopped = false;

  constructor(checkout: string) {
    this.#checkout = checkout;
  }

  enter(below: string, depth: number): void {
    // By the name in small letters and composed, under which another file system may keep both.
    const twins = new Map<string, string>();
    let isEmpty = true;
    for (const { name: bytes } of entriesOf(`${this.#checkout}/${below}`)) {
      if (this.#stopped) return;
      isEmpty = false;
      this.#entries += 1;
      if (this.#entries > MOST_ENTRIES) {
        this.#stop(below, `more than ${MOST_ENTRIES} files and folders; images/ has far fewer`);
        return;
      }
      const name = bytes.toString("utf8");
      const problem = nameProblem(bytes, name);
      const path = `${below}/${name}`;
      if (problem !== undefined) {
        this.#fault(path, problem);
        continue;
      }
      const folded = name.normalize("NFC").toLowerCase();
      const twin = twins.get(folded);
      if (twin !== undefined) {
        this.#fault(
          path,
          `differs from ${JSON.stringify(twin)} by the case or the form of its letters alone, which some file systems take for one; rename one`,
        );
      }
      twins.set(folded, name);
      this.#look(path, depth);
    }
    if (isEmpty) {
      const message =
        "is an empty folder, of which git keeps none but for a submodule; put the files there, or remove it";
      this.#fault(below, message);
    }
  }

  #look(path: string, depth: number): void {
    if (Buffer.byteLength(path) > LONGEST_PATH) {
      this.#fault(path, `a path of more than ${LONGEST_PATH} bytes; write a shorter one`);
      return;
    }
    const stats = lstatSync(`${this.#checkout}/${path}`, { throwIfNoEntry: false });
    if (stats === undefined) {
      this.#fault(path, "was deleted meanwhile; run this again");
    } else if (stats.isSymbolicLink()) {
      this.#fault(path, "is a symbolic link, which is not followed; put the file itself there");
    } else if (stats.isDirectory()) {
      if (depth >= DEEPEST) this.#fault(path, `lies more than ${DEEPEST} folders deep`);
      else this.enter(path, depth + 1);
    } else if (stats.isFile()) {
      this.files.push({ path, size: stats.size });
    } else {
      this.#fault(path, "is a device, a pipe or a socket; only files and folders are taken");
    }
  }

  #fault(path: string, message: string): void {
    if (this.faults.length >= MOST_FAULTS) {
      this.#stop(path, `and more; the first ${MOST_FAULTS} faults are told`);
    } else {
      this.faults.push({ where: printable(path, LONGEST_SHOWN), message });
    }
  }

  #stop(path: string, message: string): void {
    this.faults.push({ where: printable(path, LONGEST_SHOWN), message });
    this.#stopped = true;
  }
}

function nameProblem(bytes: Buffer, name: string): string | undefined {
  if (!Buffer.from(name, "utf8").equals(bytes)) return "a name that is not in UTF-8; rename it";
  // A blank that is none, or a letter that does not show, changes what a person reads.
  if (printable(name, LONGEST_PATH) !== name) {
    return "a name with characters that do not show (a line's end, an escape code, a mark of direction, blanks at an end) or without measure; rename it";
  }
  if (name.includes("\\")) return "a name with a backslash, which some systems take for a folder";
  if (name.toLowerCase() === ".git") {
    return "is a git repository inside of this one (a submodule, too); put its files here";
  }
  return undefined;
}

/** The entries of a folder one after the other, however many there are, with names as the file system has them. */
export function* entriesOf(folder: string): Generator<Dirent<Buffer>> {
  const open = opendirSync(folder, { encoding: "buffer" as BufferEncoding });
  try {
    for (;;) {
      // Node hands over bytes for this encoding; its types do not know.
      const entry = open.readSync() as Dirent<Buffer> | Dirent | null;
      if (entry === null) return;
      yield entry as Dirent<Buffer>;
    }
  } finally {
    open.closeSync();
  }
}
