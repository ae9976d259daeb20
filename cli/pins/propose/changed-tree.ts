import type { GithubClient } from "../../../github/client.ts";
import { gitTree, type RepositoryPath } from "../../../github/git-data.ts";
import { blobHash, TREE_MODE, treeHash } from "../../../rules/pins/git-objects.ts";

/** A file's bytes before and after a change. One without bytes before is not there yet, in a folder that is. */
export interface ProposedFile {
  /** Relative to the tree, with slashes. */
  readonly path: string;
  readonly before?: Buffer;
  readonly after: Buffer;
}

/** What some files make of a commit's tree. */
export interface ChangedTree {
  /** Hash of the whole tree with the files as they are to be; nobody has made it yet. */
  readonly tree: string;
  /** The files as a tree has them. */
  readonly files: readonly { readonly path: string; readonly mode: string; readonly sha: string }[];
  /** Files that are not in the tree as they were before: somebody changed them. */
  readonly strange: readonly string[];
}

const PLAIN = "100644";
const FILE_MODES = [PLAIN, "100755"];

/**
 * The tree that a commit's tree becomes with some files changed: computed here, one question for each folder that they are in,
 * so that nothing is written where it is there already.
 * @param tree of the commit
 */
export async function changedTree(
  github: GithubClient,
  place: RepositoryPath,
  tree: string,
  changes: readonly ProposedFile[],
): Promise<ChangedTree> {
  const files: { path: string; mode: string; sha: string }[] = [];
  const strange: string[] = [];
  const changed = async (
    folder: string,
    below: readonly { readonly rest: string; readonly change: ProposedFile }[],
  ): Promise<string> => {
    const entries = await gitTree(github, place, folder);
    const byName = Map.groupBy(below, ({ rest }) => rest.split("/", 1)[0] ?? "");
    const replaced = await Promise.all(
      entries.map(async (entry) => {
        const own = byName.get(entry.name);
        if (own === undefined) return entry;
        byName.delete(entry.name);
        if (entry.mode === TREE_MODE && own.every(({ rest }) => rest !== entry.name)) {
          const deeper = own.map(({ rest, change }) => ({
            ...{ rest: rest.slice(entry.name.length + 1), change },
          }));
          return { ...entry, sha: await changed(entry.sha, deeper) };
        }
        const [{ rest, change } = { rest: "", change: undefined }] = own;
        const isSame = change?.before !== undefined && entry.sha === blobHash(change.before);
        if (!isSame || rest !== entry.name || !FILE_MODES.includes(entry.mode)) {
          strange.push(...own.map((one) => one.change.path));
          return entry;
        }
        const sha = blobHash(change.after);
        files.push({ path: change.path, mode: entry.mode, sha });
        return { ...entry, sha };
      }),
    );
    const added = [...byName.values()].flat().flatMap(({ rest, change }) => {
      if (change.before !== undefined || rest.includes("/")) {
        strange.push(change.path);
        return [];
      }
      const sha = blobHash(change.after);
      files.push({ path: change.path, mode: PLAIN, sha });
      return [{ mode: PLAIN, name: rest, sha }];
    });
    return treeHash([...replaced, ...added]);
  };
  const all = changes.map((change) => ({ rest: change.path, change }));
  return { tree: await changed(tree, all), files, strange: strange.sort() };
}
