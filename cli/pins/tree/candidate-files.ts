import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { git, type GitAnswer } from "../../../context/git.ts";
import { UserError } from "../../../rules/problems.ts";
import { isVendored } from "../../../rules/pins/vendored.ts";

/** Files that are new to git are few, and then read as they are: to search them, too, git would walk the whole tree first. */
const FEW = 200;

/**
 * The files of a tree in which some pattern matches, and a few others: of those that git tracks and those that it does not
 * ignore; outside of a repository of those that no `.gitignore` names. What is vendored is left out, no submodule is entered
 * and no link followed.
 * @param patterns Perl-compatible, in any letter case, for bytes: `.` is one of them
 * @param exclude globs of what else is not looked at
 * @returns paths below the root, each as soon as git has found it, in no order
 * @throws UserError when git is not there, or cannot do it
 * @see https://git-scm.com/docs/git-grep
 */
export async function* candidateFiles(
  root: string,
  patterns: readonly string[],
  exclude: readonly string[],
): AsyncGenerator<string, void> {
  const where = ["--", ".", ...exclude.map((glob) => `:(exclude,glob)${glob}`)];
  if (!(await isInRepository(root))) {
    // A repository around would have what it ignores left out.
    const env = { GIT_CEILING_DIRECTORIES: dirname(realpathSync(root)) };
    yield* found(root, ["--no-index", "--exclude-standard"], patterns, where, env);
    return;
  }
  const listed = git(root, ["ls-files", "--others", "--exclude-standard", "-z", ...where]);
  const tracked = new Set<string>();
  for await (const path of found(root, [], patterns, where)) {
    tracked.add(path);
    yield path;
  }
  const added = newFiles(root, await listed);
  if (added.length <= FEW) return yield* added;
  for await (const path of found(root, ["--untracked"], patterns, where)) {
    if (!tracked.has(path)) yield path;
  }
}

/** Files that git neither tracks nor ignores. */
function newFiles(root: string, listed: GitAnswer): readonly string[] {
  if (listed.exitCode !== 0) throw faultOf(root, listed);
  assertWhole(root, listed);
  // A repository in the tree is told of by its folder.
  return wanted(listed.stdout.split("\0").slice(0, -1)).filter((path) => !path.endsWith("/"));
}

async function* found(
  root: string,
  options: readonly string[],
  patterns: readonly string[],
  where: readonly string[],
  env: Readonly<Record<string, string>> = {},
): AsyncGenerator<string, void> {
  const args = [
    // A checkout's own settings would change what is printed and looked at.
    ...["-c", "grep.fullName=false", "-c", "submodule.recurse=false"],
    ...["grep", "--files-with-matches", "--null", "--no-color", "--ignore-case", "--perl-regexp"],
    // What is binary is seen when it is read: git takes UTF-16 for it, and whatever .gitattributes says.
    ...["--text", ...options],
    ...patterns.flatMap((pattern) => ["-e", pattern]),
    ...where,
  ];
  const paths = new Paths();
  const answer = git(root, args, { env, onOutput: (text) => paths.add(text) });
  void answer.then(() => paths.end());
  yield* paths.all();
  const ended = await answer;
  // 1 says that nothing matches.
  if (ended.exitCode !== 0 && ended.exitCode !== 1) throw faultOf(root, ended);
  assertWhole(root, ended);
}

/**
 * What git cannot read it tells of, and searches the rest.
 * @throws UserError when there is such a file or folder; settings of others that cannot be read hide none
 */
function assertWhole(root: string, { messages }: GitAnswer): void {
  const unread = messages.find((line) =>
    /^(?:error|warning: could not open directory)\b/.test(line),
  );
  if (unread === undefined) return;
  const advice =
    'make it readable, or list it under exclude: in pins.yaml, a folder as "folder/**"';
  throw new UserError(`git cannot search all of ${root}: ${unread}; ${advice}`);
}

/** Paths that come in pieces, each with a NUL after it. */
class Paths {
  #ready: string[] = [];
  #rest = "";
  #ended = false;
  #wake = (): void => undefined;

  add(text: string): void {
    const paths = (this.#rest + text).split("\0");
    this.#rest = paths.pop() ?? "";
    this.#ready.push(...paths);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *all(): AsyncGenerator<string, void> {
    for (;;) {
      const paths = this.#ready;
      this.#ready = [];
      yield* wanted(paths);
      if (this.#ready.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/** @throws UserError when a path is not UTF-8: no text can say where it is */
function wanted(paths: readonly string[]): readonly string[] {
  const own = paths.filter((path) => !isVendored(path));
  const foreign = own.find((path) => path.includes("\uFFFD"));
  if (foreign === undefined) return own;
  // A star stands for the bytes that no text has.
  const glob = foreign.replaceAll(/[\\*?[\]]/g, String.raw`\$&`).replaceAll(/\uFFFD+/g, "*");
  throw new UserError(
    `${JSON.stringify(foreign)} has a name that is not UTF-8; rename it, or list ${JSON.stringify(glob)} under exclude: in pins.yaml`,
  );
}

/** Whether a folder belongs to a working tree of git; one that the tree ignores does not. */
async function isInRepository(root: string): Promise<boolean> {
  if (existsSync(join(root, ".git"))) return true;
  const asked = ["--is-inside-work-tree", "--is-inside-git-dir", "--show-prefix"];
  const answer = await git(root, ["rev-parse", ...asked]);
  if (answer.exitCode !== 0) {
    if (answer.stderr.includes("not a git repository")) return false;
    throw faultOf(root, answer);
  }
  const [isInside, isGits, prefix] = answer.stdout.split("\n");
  if (isGits === "true") {
    throw new UserError(
      `${root} is of a bare repository, or git's own folder: it has no files to look at; name a checkout`,
    );
  }
  if (isInside !== "true") return false;
  if (prefix === "") return true;
  return (await git(root, ["check-ignore", "--quiet", "."])).exitCode !== 0;
}

function faultOf(root: string, { missing, stderr, messages }: GitAnswer): UserError {
  if (missing) return new UserError("there is no git on this machine; install it, and run again");
  // Of another user's repository git says what to run, with the path that it goes by.
  const trust = messages.find((line) => line.includes("safe.directory"))?.trim();
  const advice = stderr.includes("USE_LIBPCRE")
    ? "; install a git with PCRE, as the packages of Linux distributions and of Homebrew are"
    : trust !== undefined
      ? `; if you trust whoever owns it: ${trust}`
      : "";
  return new UserError(`git cannot search ${root}: ${stderr}${advice}`);
}
