import type { GithubClient } from "./client.ts";
import { isHttpError, unlessGone } from "./faults.ts";

/** A repository as paths of the API name it. */
export interface RepositoryPath {
  readonly owner: string;
  readonly repo: string;
}

/** A commit of a repository's git data. */
export interface GitCommit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  /** Name of who wrote it, as the commit has it: anybody may write anything. */
  readonly author: string;
}

/** An entry of a folder. */
export interface GitTreeEntry {
  /** Octal, six digits: `100644`. */
  readonly mode: string;
  readonly name: string;
  readonly sha: string;
}

/**
 * The commit that a branch is at; undefined where there is no such branch.
 * @see https://docs.github.com/en/rest/git/refs#get-a-reference
 */
export async function branchCommit(
  { octokit }: GithubClient,
  place: RepositoryPath,
  branch: string,
): Promise<string | undefined> {
  const path = "GET /repos/{owner}/{repo}/git/ref/{ref}";
  const found = await unlessGone(octokit.request(path, { ...place, ref: `heads/${branch}` }));
  return found?.data.object.sha;
}

/** @see https://docs.github.com/en/rest/git/commits#get-a-commit-object */
export async function gitCommit(
  { octokit }: GithubClient,
  place: RepositoryPath,
  sha: string,
): Promise<GitCommit> {
  const { data } = await octokit.request("GET /repos/{owner}/{repo}/git/commits/{commit_sha}", {
    ...{ ...place, commit_sha: sha },
  });
  return {
    sha: data.sha,
    tree: data.tree.sha,
    parents: data.parents.map((parent) => parent.sha),
    message: data.message,
    author: data.author.name,
  };
}

/**
 * What one folder has, all of it.
 * @see https://docs.github.com/en/rest/git/trees#get-a-tree
 */
export async function gitTree(
  { octokit }: GithubClient,
  place: RepositoryPath,
  sha: string,
): Promise<readonly GitTreeEntry[]> {
  const { data } = await octokit.request("GET /repos/{owner}/{repo}/git/trees/{tree_sha}", {
    ...{ ...place, tree_sha: sha },
  });
  // A limit of 100,000 entries, which no folder has.
  if (data.truncated) throw new Error(`GitHub does not tell all of the folder ${sha}`);
  return data.tree.map(({ mode, path: name, sha: of }) => ({ mode, name, sha: of }));
}

/** @see https://docs.github.com/en/rest/git/blobs#create-a-blob */
export async function createBlob(
  { octokit }: GithubClient,
  place: RepositoryPath,
  bytes: Buffer,
): Promise<string> {
  const { data } = await octokit.request("POST /repos/{owner}/{repo}/git/blobs", {
    ...{ ...place, content: bytes.toString("base64"), encoding: "base64" },
  });
  return data.sha;
}

/**
 * Makes a tree of another with some files in place of its own; undefined where GitHub says that something is not there, which
 * it says of workflows to tokens that may not write them.
 * @see https://docs.github.com/en/rest/git/trees#create-a-tree
 */
export async function createTree(
  { octokit }: GithubClient,
  place: RepositoryPath,
  base: string,
  files: readonly { readonly path: string; readonly mode: string; readonly sha: string }[],
): Promise<string | undefined> {
  const made = await unlessGone(
    octokit.request("POST /repos/{owner}/{repo}/git/trees", {
      ...{ ...place, base_tree: base },
      tree: files.map(({ path, mode, sha }) => ({
        ...{ path, sha, type: "blob" as const, mode: mode as "100644" | "100755" },
      })),
    }),
  );
  return made?.data.sha;
}

/** @see https://docs.github.com/en/rest/git/commits#create-a-commit */
export async function createCommit(
  { octokit }: GithubClient,
  place: RepositoryPath,
  commit: { readonly message: string; readonly tree: string; readonly parents: readonly string[] },
): Promise<string> {
  const { data } = await octokit.request("POST /repos/{owner}/{repo}/git/commits", {
    ...{ ...place, ...commit, parents: [...commit.parents] },
  });
  return data.sha;
}

/**
 * Makes a branch. Returns whether it did: false where there is one of this name.
 * @see https://docs.github.com/en/rest/git/refs#create-a-reference
 */
export async function createBranch(
  { octokit }: GithubClient,
  place: RepositoryPath,
  branch: string,
  sha: string,
): Promise<boolean> {
  const path = "POST /repos/{owner}/{repo}/git/refs";
  const request = octokit.request(path, { ...place, ref: `refs/heads/${branch}`, sha });
  return unlessRefused(request, /Reference already exists/);
}

/**
 * Moves a branch. Returns whether it did: without force false where the branch has other commits, and where it is gone.
 * @see https://docs.github.com/en/rest/git/refs#update-a-reference
 */
export async function moveBranch(
  { octokit }: GithubClient,
  place: RepositoryPath,
  branch: string,
  { sha, force }: { readonly sha: string; readonly force: boolean },
): Promise<boolean> {
  const path = "PATCH /repos/{owner}/{repo}/git/refs/{ref}";
  const request = octokit.request(path, { ...place, ref: `heads/${branch}`, sha, force });
  return unlessRefused(request, /not a fast forward|Reference does not exist/);
}

/** Whether GitHub did what was asked; false where it refuses in such words. */
async function unlessRefused(request: Promise<unknown>, words: RegExp): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (isHttpError(error) && error.status === 422 && words.test(error.message)) return false;
    throw error;
  }
}
