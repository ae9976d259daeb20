import type { GithubClient } from "../../../github/client.ts";
import {
  createBlob,
  createCommit,
  createTree,
  type GitCommit,
  type RepositoryPath,
} from "../../../github/git-data.ts";
import { UserError } from "../../../rules/problems.ts";
import { changedTree, type ChangedTree, type ProposedFile } from "./changed-tree.ts";

/** The commit that a change is made on, and where. */
export interface ChangeBase {
  readonly github: GithubClient;
  readonly place: RepositoryPath;
  readonly commit: GitCommit;
  /** What the commit is of, for people: `main of ROCm/TheRock`. */
  readonly called: string;
}

/**
 * What the files make of the base.
 * @throws UserError when the base has other files than those that were looked at
 */
export async function changeOf(
  { github, place, commit, called }: ChangeBase,
  files: readonly ProposedFile[],
): Promise<ChangedTree> {
  const changed = await changedTree(github, place, commit.tree, files);
  if (changed.strange.length === 0) return changed;
  throw new UserError(
    `${called} is at ${commit.sha}, where ${changed.strange.join(", ")} ${changed.strange.length === 1 ? "is" : "are"} not as in this checkout; bring the checkout up to date and run this again. Nothing was written`,
  );
}

/**
 * Makes the blobs, the tree and the commit; no branch has it yet.
 * @throws UserError when the token may not write workflows, or GitHub made another tree than was computed
 */
export async function writeCommit(
  { github, place, commit }: ChangeBase,
  files: readonly ProposedFile[],
  changed: ChangedTree,
  message: string,
): Promise<string> {
  for (const { after } of files) await createBlob(github, place, after);
  const tree = await createTree(github, place, commit.tree, changed.files);
  if (tree === undefined) {
    const workflows = changed.files.filter(({ path }) => path.startsWith(".github/workflows/"));
    const which =
      workflows.length === 0 ? "" : ` (${workflows.map(({ path }) => path).join(", ")})`;
    throw new UserError(
      `GitHub does not let the token write these files${which}; a token that changes workflows needs workflows: write besides contents: write, which the token of a job never has: use that of a GitHub App. Nothing was proposed`,
    );
  }
  if (tree !== changed.tree) {
    throw new UserError(
      `GitHub made the tree ${tree} of the files, and not ${changed.tree}: nothing was proposed`,
    );
  }
  return createCommit(github, place, { message, tree, parents: [commit.sha] });
}
