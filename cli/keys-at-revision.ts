import { access, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { type Catalog, readCatalog } from "../catalog.ts";
import { UserError } from "../rules/problems.ts";

/** Variables by which a caller, a hook for one, would lead git to another repository. */
const ELSEWHERE = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_NAMESPACE"];

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
    await git(project, ["rev-parse", "--absolute-git-dir", "--show-prefix"], {}, (stderr) => {
      return `${project} is in no git repository that can be read (${stderr}), so that there is no revision to compare with; run this in a clone`;
    })
  ).split("\n");
  const commit = (
    await git(
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
    await git(tree, ["read-tree", commit], { env });
    const paths = (await git(tree, ["ls-files", "-z"], { env })).split("\0");
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
      await git(tree, ["checkout-index", "--force", "-z", "--stdin"], {
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
async function git(
  folder: string,
  args: readonly string[],
  { env = {}, input }: { readonly env?: Readonly<Record<string, string>>; readonly input?: string },
  explain?: (stderr: string) => string,
): Promise<string> {
  const safe = [
    "--no-replace-objects",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
  ];
  const { exitCode, stdout, stderr, code } = await execa("git", [...safe, ...args], {
    cwd: folder,
    reject: false,
    input: input ?? "",
    stripFinalNewline: false,
    env: {
      ...Object.fromEntries(ELSEWHERE.map((name) => [name, undefined])),
      GIT_TERMINAL_PROMPT: "0",
      GIT_OPTIONAL_LOCKS: "0",
      LC_ALL: "C",
      ...env,
    },
  });
  if (exitCode === 0) return stdout;
  if (code === "ENOENT") {
    await access(folder);
    throw new UserError(
      "there is no git on this machine, which revisions are read with; install it",
    );
  }
  const said = stderr.split("\n")[0] ?? "";
  throw new UserError(explain?.(said) ?? `git ${args[0] ?? ""}: ${said}`);
}
