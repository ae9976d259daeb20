import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { git } from "../../../context/git.ts";
import { UserError } from "../../../rules/problems.ts";
import { PROJECT_ROOT } from "../../project-root.ts";

/** A pull request's commit that is wanted as files. */
export interface WantedTree {
  /** Number of the pull request. */
  readonly number: number;
  /** Which of its commits: the newest of its branch, or what GitHub merged that to. */
  readonly which: "head" | "merge";
  readonly commit: string;
  /** Where people see repositories: `https://github.com`. */
  readonly server: string;
  readonly token: string;
}

/**
 * Does something with the files of a pull request in a folder of their own, which goes afterwards. They are fetched from the
 * checkout's `origin`; nothing of them is run, and no link is followed. A head's files have the bytes that its commit has, whatever
 * its `.gitattributes` make of them in a checkout; a merge's are as whoever checks it out has them, since contents follow from that.
 * @throws UserError where they cannot be fetched
 */
export async function withPullTree<T>(
  wanted: WantedTree,
  work: (root: string) => Promise<T>,
): Promise<T> {
  await fetchCommit(wanted);
  const folder = await mkdtemp(join(await realpath(tmpdir()), "slipway-propose-"));
  try {
    const own = join(folder, "git");
    const root = join(folder, "tree");
    await mkdir(root);
    await must(["init", "--quiet", "--bare", "--template=", own], {});
    if (wanted.which === "head") {
      await mkdir(join(own, "info"), { recursive: true });
      await writeFile(join(own, "info/attributes"), RAW);
    }
    const env = {
      ...{ GIT_DIR: own, GIT_WORK_TREE: root },
      GIT_OBJECT_DIRECTORY: await objectsOfCheckout(),
      // What lies in Git LFS stays a pointer: nothing is fetched for it.
      GIT_LFS_SKIP_SMUDGE: "1",
    };
    await must(["read-tree", wanted.commit], env);
    await must(["checkout-index", "--all"], env, root);
    return await work(root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Comes before all that a tree says of its own files.
 * @see https://git-scm.com/docs/gitattributes
 */
const RAW = "* -text -ident !eol !filter !working-tree-encoding\n";

async function objectsOfCheckout(): Promise<string> {
  const { exitCode, stdout, stderr } = await git(PROJECT_ROOT, [
    "rev-parse",
    "--git-path",
    "objects",
  ]);
  if (exitCode !== 0) throw new UserError(`git rev-parse: ${stderr}`);
  return resolve(PROJECT_ROOT, stdout.replace(/\n$/, ""));
}

async function fetchCommit({ number, which, commit, server, token }: WantedTree): Promise<void> {
  if (await isHere(commit)) return;
  // In the environment, where no list of processes shows it, and for that server alone.
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const env = {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${server}/.extraheader`,
    GIT_CONFIG_VALUE_0: `AUTHORIZATION: basic ${basic}`,
  };
  const { exitCode, stderr } = await git(
    PROJECT_ROOT,
    [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "origin",
      `refs/pull/${number}/${which}`,
    ],
    { env },
  );
  if (exitCode === 0 && (await isHere(commit))) return;
  const why = exitCode === 0 ? "its branch has moved meanwhile" : stderr.replaceAll(basic, "***");
  throw new UserError(
    `pull request #${number}: commit ${commit} cannot be fetched from this checkout's origin: ${why}; run this again in a checkout whose origin is the repository`,
  );
}

async function isHere(commit: string): Promise<boolean> {
  const { exitCode } = await git(PROJECT_ROOT, ["cat-file", "-e", `${commit}^{tree}`]);
  return exitCode === 0;
}

async function must(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  folder = PROJECT_ROOT,
): Promise<void> {
  const { exitCode, stderr } = await git(folder, args, { env });
  if (exitCode !== 0) throw new UserError(`git ${args[0] ?? ""}: ${stderr}`);
}
