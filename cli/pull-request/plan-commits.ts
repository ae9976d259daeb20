import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { git } from "../../context/git.ts";
import { COMMIT } from "../../rules/image-list.ts";
import { PROJECT_ROOT } from "../project-root.ts";

const LONGEST_HEAD = 128;

/** The commit that this checkout is at; undefined where no git repository tells. */
export async function ownCommit(): Promise<string | undefined> {
  const { exitCode, stdout } = await git(PROJECT_ROOT, [
    "rev-parse",
    "--verify",
    "--quiet",
    "HEAD",
  ]);
  const commit = stdout.trim();
  return exitCode === 0 && COMMIT.test(commit) ? commit : undefined;
}

/**
 * The commit that another checkout is at, where it is at no branch, as GitHub's merges of pull requests are checked out. Git is not
 * run there: what a repository's own configuration says could run programs.
 */
export function commitOf(checkout: string): string | undefined {
  const folder = lstatSync(join(checkout, ".git"), { throwIfNoEntry: false });
  const path = join(checkout, ".git/HEAD");
  const stats =
    folder?.isDirectory() === true ? lstatSync(path, { throwIfNoEntry: false }) : undefined;
  if (stats?.isFile() !== true) return undefined;
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) return undefined;
    const head = Buffer.alloc(LONGEST_HEAD);
    const commit = head.subarray(0, readSync(file, head)).toString("latin1").trim();
    return COMMIT.test(commit) ? commit : undefined;
  } finally {
    closeSync(file);
  }
}
