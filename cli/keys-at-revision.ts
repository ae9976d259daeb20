import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Catalog, readCatalog } from "../catalog.ts";
import { git, type GitOptions } from "../context/git.ts";
import { UserError } from "../rules/problems.ts";

/**
 * Lets something read the catalogue of a git revision, written to a temporary folder as a checkout would write it: with
 * executable bits, and with the line endings and filters that the revision's own `.gitattributes` ask for. Neither the
 * work tree nor the index of the repository is touched.
 * @param project absolute path of the project's folder, in a work tree
 * @throws UserError when there is no git, no such revision, no `images/` in it, or faults in its catalogue
 */
export async function withCatalogAt<T>(
  project: string,
  revision: string,
  use: (catalog: Catalog) => Promise<T>,
): Promise<T> {
  const [folder = "", prefix = ""] = (
    await ask(project, ["rev-parse", "--absolute-git-dir", "--show-prefix"], {}, (stderr) => {
      return `${project} is in no git repository that can be read (${stderr}), so that there is no revision to compare with; run this in a clone`;
    })
  ).split("\n");
  const commit = (
    await ask(
      project,
      ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`],
      {},
      () =>
        `${JSON.stringify(revision)} is no commit of this clone; write a branch, tag or commit, e.g. origin/main, or fetch it: git fetch origin`,
    )
  ).trim();
  const root = await mkdtemp(join(tmpdir(), "slipway-revision-"));
  try {
    const tree = join(root, "tree");
    const env = {
      GIT_DIR: folder,
      GIT_WORK_TREE: tree,
      GIT_INDEX_FILE: join(root, "index"),
    };
    await mkdir(tree);
    await ask(tree, ["read-tree", commit], { env });
    const paths = (await ask(tree, ["ls-files", "-z"], { env })).split("\0");
    const images = `${prefix}images/`;
    const listed = paths.filter((path) => path.startsWith(images));
    if (listed.length === 0) {
      throw new UserError(
        `${revision} (${commit.slice(0, 12)}) has no folder ${images}, so that there is no catalogue to compare with; write a later revision`,
      );
    }
    // The attributes first: what is written after them follows them.
    const attributes = paths.filter((path) => /(?:^|\/)\.gitattributes$/.test(path));
    for (const input of [attributes, listed]) {
      await ask(tree, ["checkout-index", "--force", "-z", "--stdin"], {
        env,
        input: input.map((path) => `${path}\0`).join(""),
      });
    }
    return await use(await catalogOf(join(tree, prefix, "images"), revision));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function catalogOf(folder: string, revision: string): Promise<Catalog> {
  try {
    return await readCatalog(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `the catalogue at ${revision} has faults, so that it has no keys to compare with:\n${error.message}`,
      { cause: error },
    );
  }
}

/** @param explain words a failure that a user can cause, from the first line of what git says */
async function ask(
  folder: string,
  args: readonly string[],
  options: GitOptions,
  explain?: (stderr: string) => string,
): Promise<string> {
  const { exitCode, stdout, stderr, missing } = await git(folder, args, options);
  if (exitCode === 0) return stdout;
  if (missing) {
    await access(folder);
    throw new UserError(
      "there is no git on this machine, which revisions are read with; install it",
    );
  }
  throw new UserError(explain?.(stderr) ?? `git ${args[0] ?? ""}: ${stderr}`);
}
