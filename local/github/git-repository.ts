import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";

/** An entry of a tree, as git lists it. */
export interface TreeEntry {
  /** Octal, six digits: `100644`, `100755`, `040000`, `120000`, `160000`. */
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  /** Bytes; absent of trees and submodules. */
  readonly size?: number;
  /** From the tree that was listed. */
  readonly path: string;
}

/** What is put into a tree, or with no `sha` taken out of it. */
export interface TreeChange {
  readonly mode: string;
  readonly sha: string | null;
  readonly path: string;
}

export interface Person {
  readonly name: string;
  readonly email: string;
  /** Seconds since 1970. */
  readonly time: number;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

/** Nothing of the machine's own configuration counts. */
const ENV = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
const HASH = /^[0-9a-f]{40}$/;
/** Bytes that a command may print: more than any list of files here. */
const MOST_PRINTED = 256 * 1024 * 1024;

/** A bare repository, read and written by git itself. */
export class GitRepository {
  /** Absolute path of the bare repository. */
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes an empty one, whose first branch is `main`. */
  static make(path: string): GitRepository {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const git = new GitRepository(path);
    git.#run(["init", "-q", "--bare", "-b", "main"]);
    return git;
  }

  /** Whether the folder is a repository of git. */
  isThere(): boolean {
    return this.#ask(["rev-parse", "--git-dir"]) !== undefined;
  }

  /** Type of an object; undefined where there is none of this hash. */
  typeOf(sha: string): string | undefined {
    return HASH.test(sha) ? this.#ask(["cat-file", "-t", sha])?.trim() : undefined;
  }

  /** What a ref points to, `refs/heads/main`; undefined where there is none. */
  ref(name: string): string | undefined {
    return this.#ask(["show-ref", "--verify", "--hash", "--", name])?.trim();
  }

  /** The commit that a branch, a tag or a hash stands for; undefined where there is none. */
  commitOf(name: string): string | undefined {
    const found = HASH.test(name)
      ? name
      : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`]
          .map((ref) => this.ref(ref))
          .find((sha) => sha !== undefined);
    if (found === undefined) return undefined;
    return this.#ask(["rev-parse", "--verify", "--quiet", `${found}^{commit}`])?.trim();
  }

  isRefName(name: string): boolean {
    return this.#ask(["check-ref-format", name]) !== undefined;
  }

  setRef(name: string, sha: string): void {
    this.#run(["update-ref", name, sha]);
  }

  deleteRef(name: string): void {
    this.#run(["update-ref", "-d", name]);
  }

  /** Takes a branch of another repository, with all that it needs. */
  fetch(from: string, branch: string, to: string): void {
    this.#run(["fetch", "-q", "--no-write-fetch-head", from, `+refs/heads/${branch}:${to}`]);
  }

  blob(sha: string): Buffer {
    const { stdout } = execaSync("git", ["-C", this.path, "cat-file", "blob", sha], {
      ...{ env: ENV, encoding: "buffer", stripFinalNewline: false, maxBuffer: MOST_PRINTED },
    });
    return Buffer.from(stdout);
  }

  writeBlob(bytes: Uint8Array): string {
    return this.#run(["hash-object", "-w", "--stdin"], bytes).trim();
  }

  /** @param below also what is in its folders, and those themselves */
  tree(sha: string, below = false): readonly TreeEntry[] {
    const listed = this.#run(["ls-tree", "-z", "-l", ...(below ? ["-r", "-t"] : []), sha]);
    return listed
      .split("\0")
      .filter((line) => line !== "")
      .map(entryOf);
  }

  /** The entry of a commit's or tree's path; undefined where there is none. */
  entry(tree: string, path: string): TreeEntry | undefined {
    const found = this.#ask(["ls-tree", "-z", "-l", "--full-tree", tree, "--", path]);
    const [line = ""] = (found ?? "").split("\0");
    return line === "" ? undefined : entryOf(line);
  }

  /** @param base the tree that the changes are made to; an empty one without it */
  writeTree(base: string | undefined, changes: readonly TreeChange[]): string {
    const folder = mkdtempSync(join(tmpdir(), "github-tree-"));
    const env = { GIT_INDEX_FILE: join(folder, "index") };
    try {
      if (base !== undefined) this.#run(["read-tree", base], undefined, env);
      // A mode of zeros takes a path out.
      const lines = changes.map(({ mode, sha, path }) =>
        sha === null ? `0 ${"0".repeat(40)}\t${path}\0` : `${mode} ${sha}\t${path}\0`,
      );
      this.#run(["update-index", "-z", "--index-info"], Buffer.from(lines.join("")), env);
      return this.#run(["write-tree"], undefined, env).trim();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  commit(sha: string): Commit {
    const text = this.#run(["cat-file", "commit", sha]);
    const end = text.indexOf("\n\n");
    const headers = text.slice(0, end).split("\n");
    const valuesOf = (key: string) =>
      headers.flatMap((line) => (line.startsWith(`${key} `) ? [line.slice(key.length + 1)] : []));
    return {
      sha,
      tree: valuesOf("tree")[0] ?? "",
      parents: valuesOf("parent"),
      author: personOf(valuesOf("author")[0]),
      committer: personOf(valuesOf("committer")[0]),
      message: text.slice(end + 2),
    };
  }

  writeCommit({ tree, parents, author, committer, message }: Omit<Commit, "sha">): string {
    const person = ({ name, email, time }: Person) => `${name} <${email}> ${time} +0000`;
    const text = [
      `tree ${tree}`,
      ...parents.map((parent) => `parent ${parent}`),
      `author ${person(author)}`,
      `committer ${person(committer)}`,
      ...["", message],
    ].join("\n");
    return this.#run(["hash-object", "-t", "commit", "-w", "--stdin"], Buffer.from(text)).trim();
  }

  /** Whether a commit is in the history of another, or that one itself. */
  isAncestor(commit: string, of: string): boolean {
    return this.#ask(["merge-base", "--is-ancestor", commit, of]) !== undefined;
  }

  /** Whether a commit is in one history and not in another. */
  isBetween(commit: string, base: string, head: string): boolean {
    return this.isAncestor(commit, head) && !this.isAncestor(commit, base);
  }

  /** The tree of a merge; undefined where git finds a conflict. */
  mergedTree(one: string, other: string): string | undefined {
    return this.#ask(["merge-tree", "--write-tree", one, other])?.split("\n")[0];
  }

  /** Files that differ since two histories parted: status letter, path and, of renamed ones, the path before. */
  changedFiles(
    base: string,
    head: string,
  ): readonly { readonly status: string; readonly path: string; readonly before?: string }[] {
    const fields = this.#run(["diff", "-z", "--name-status", "-M", `${base}...${head}`])
      .split("\0")
      .filter((field) => field !== "");
    const files: { status: string; path: string; before?: string }[] = [];
    while (fields.length > 0) {
      const status = (fields.shift() ?? "").slice(0, 1);
      const first = fields.shift() ?? "";
      files.push(
        "RC".includes(status)
          ? { status, path: fields.shift() ?? "", before: first }
          : { status, path: first },
      );
    }
    return files;
  }

  /** What git prints; undefined where it fails. */
  #ask(args: readonly string[]): string | undefined {
    const { exitCode, stdout } = execaSync("git", ["-C", this.path, ...args], {
      ...{ env: ENV, reject: false, stripFinalNewline: false, maxBuffer: MOST_PRINTED },
    });
    return exitCode === 0 ? stdout : undefined;
  }

  #run(args: readonly string[], input?: Uint8Array, env: Record<string, string> = {}): string {
    const { stdout } = execaSync("git", ["-C", this.path, ...args], {
      ...{ env: { ...ENV, ...env }, stripFinalNewline: false, maxBuffer: MOST_PRINTED },
      ...(input && { input }),
    });
    return stdout;
  }
}

const ENTRY = /^(?<mode>\d{6}) (?<type>\w+) (?<sha>[0-9a-f]{40}) +(?<size>\d+|-)\t(?<path>.*)$/s;

function entryOf(line: string): TreeEntry {
  const { mode = "", type = "", sha = "", size = "-", path = "" } = ENTRY.exec(line)?.groups ?? {};
  return {
    ...{ mode, sha, path, type: type as TreeEntry["type"] },
    ...(size !== "-" && { size: Number(size) }),
  };
}

function personOf(line = ""): Person {
  const {
    name = "",
    email = "",
    time = "0",
  } = /^(?<name>.*?) ?<(?<email>[^>]*)> (?<time>\d+)/.exec(line)?.groups ?? {};
  return { name, email, time: Number(time) };
}
