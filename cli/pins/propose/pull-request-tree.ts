import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "../../../context/git.ts";
import { UserError } from "../../../rules/problems.ts";
import { PROJECT_ROOT } from "../../project-root.ts";

/** A pull request's commit that is wanted as files. */
export interface WantedHead {
  /** Number of the pull request. */
  readonly number: number;
  readonly commit: string;
  /** Where people see repositories: `https://github.com`. */
  readonly server: string;
  readonly token: string;
}

/**
 * Does something with the files of a pull request's head in a folder of their own, which goes afterwards. They are fetched from
 * the checkout's `origin`; nothing of them is run, and no link is followed.
 * @throws UserError where they cannot be fetched
 */
export async function withHeadTree<T>(
  head: WantedHead,
  work: (root: string) => Promise<T>,
): Promise<T> {
  await fetchHead(head);
  const folder = await mkdtemp(join(await realpath(tmpdir()), "slipway-propose-"));
  try {
    // What lies in Git LFS stays a pointer: nothing is fetched for it.
    const env = { GIT_INDEX_FILE: join(folder, "index"), GIT_LFS_SKIP_SMUDGE: "1" };
    const root = join(folder, "tree");
    await must(["read-tree", head.commit], env);
    await must(["checkout-index", "--all", `--prefix=${root}/`], env);
    return await work(root);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fetchHead({ number, commit, server, token }: WantedHead): Promise<void> {
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
      `refs/pull/${number}/head`,
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

async function must(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const { exitCode, stderr } = await git(PROJECT_ROOT, args, { env });
  if (exitCode !== 0) throw new UserError(`git ${args[0] ?? ""}: ${stderr}`);
}
