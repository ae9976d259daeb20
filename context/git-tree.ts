import { UserError } from "../rules/problems.ts";
import { git } from "./git.ts";

/**
 * The git tree of a folder in the commit that is checked out: 40 hex digits, or 64 in a repository of SHA-256 objects. The
 * same for everybody who has the commit, whatever else is in it.
 * @param project a folder in the work tree
 * @param folder from the root of the work tree: `.ci/docker`
 * @returns undefined where the tree would not tell what is built: the folder has changes that are not committed, or there is
 *   no git, no repository or no commit
 * @throws UserError when the commit has no such folder
 * @see https://git-scm.com/docs/git-ls-tree
 */
export async function gitTree(project: string, folder: string): Promise<string | undefined> {
  const ask = async (...args: readonly string[]): Promise<string | undefined> => {
    const { exitCode, stdout } = await git(project, args);
    return exitCode === 0 ? stdout.trim() : undefined;
  };
  const [head, entry, status] = await Promise.all([
    ask("rev-parse", "--verify", "--quiet", "HEAD"),
    ask("ls-tree", "-d", "--full-tree", "HEAD", folder),
    ask("status", "--porcelain", "--untracked-files=all", "--", `:(top,literal)${folder}`),
  ]);
  if (head === undefined || status === undefined || status !== "") return undefined;
  const tree = /^040000 tree ([0-9a-f]+)\t/.exec(entry ?? "")?.[1];
  if (tree !== undefined) return tree;
  throw new UserError(
    `treeName: ${JSON.stringify(folder)} is no folder of the commit ${head.slice(0, 12)}; write it from the root of the git repository, e.g. .ci/docker`,
  );
}
