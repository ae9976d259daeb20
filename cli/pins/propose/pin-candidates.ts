import type { GithubClient } from "../../../github/client.ts";
import { gitCommit, moveBranch } from "../../../github/git-data.ts";
import { pullHead } from "../../../github/proposed-pulls.ts";
import type { CandidateToPin } from "../../../rules/pins/candidates-comment.ts";
import { proposalMessage } from "../../../rules/pins/proposal-commit.ts";
import { UserError } from "../../../rules/problems.ts";
import type { Stack } from "../../stack.ts";
import { bumpOf } from "../bump/run-bump.ts";
import { type FileChange, writeFiles } from "../bump/write.ts";
import { candidatesOfHead } from "./candidates-of-head.ts";
import { pageOf } from "./pins-github.ts";
import { withHeadTree } from "./pull-request-tree.ts";
import { tellFork } from "./tell-fork.ts";
import { changeOf, writeCommit } from "./write-commit.ts";

/** What became of a pull request's own pins. */
export type PinnedCandidates =
  | { readonly outcome: "nothing"; readonly reason: string }
  | { readonly outcome: "committed"; readonly commit: string; readonly images: readonly string[] }
  | {
      readonly outcome: "commented";
      readonly url: string;
      readonly images: readonly string[];
      readonly unchanged: boolean;
    };

/**
 * Lets a pull request pin the candidates that were built from it: by a commit on its branch, or, where that is in a fork, by a
 * comment that says what to run. Its files are data here: nothing of them runs.
 * @param wanted labels or families; all without any
 * @throws UserError when the branch has moved meanwhile, and what keeps a bump from being made
 */
export async function pinCandidates(
  github: GithubClient,
  stack: Stack,
  number: number,
  wanted: readonly string[],
): Promise<PinnedCandidates> {
  const { repository } = stack.configuration;
  const head = await pullHead(github, repository, number);
  if (!head.isOpen) return { outcome: "nothing", reason: "it is closed" };
  const candidates = await candidatesOfHead(github, stack, head.commit, wanted);
  if (candidates.length === 0) {
    return { outcome: "nothing", reason: `no check of ${head.commit} tells of a candidate` };
  }
  const { server, token } = await originAccess(github, repository);
  const tree = { number, commit: head.commit, server, token };
  const files = await withHeadTree(tree, (root) => bumped(root, stack, candidates));
  if (files.length === 0) {
    return { outcome: "nothing", reason: "it pins its candidates already, or nothing to be moved" };
  }
  const images = candidates.map(({ image }) => image);
  if (!head.isOwn) {
    const { url, change } = await tellFork(github, repository, number, candidates);
    return { outcome: "commented", url, images, unchanged: change === "unchanged" };
  }
  const place = { owner: github.owner, repo: repository };
  const commit = await gitCommit(github, place, head.commit);
  const on = { github, place, commit, called: `pull request #${number}` };
  const changed = await changeOf(on, files);
  const moved = candidates.map(({ image, reference }) => ({
    ...{ image, digest: reference.slice(reference.indexOf("@") + 1) },
  }));
  const message = proposalMessage("Pin the images that were built from this pull request", moved, {
    ...{ tree: changed.tree, parent: commit.sha },
  });
  const sha = await writeCommit(on, files, changed, message);
  if (!(await moveBranch(github, place, head.branch, { sha, force: false }))) {
    throw new UserError(
      `pull request #${number}: its branch has other commits by now, and was left alone; their own run pins their candidates`,
    );
  }
  return { outcome: "committed", commit: sha, images };
}

/** The files as they are to be, after each image's bump on top of the others'. */
async function bumped(
  root: string,
  stack: Stack,
  candidates: readonly CandidateToPin[],
): Promise<readonly FileChange[]> {
  const changes = new Map<string, FileChange>();
  for (const { image, reference } of candidates) {
    const { files } = await bumpOf(root, stack, [image], { to: reference });
    await writeFiles(root, files);
    for (const { path, before, after } of files) {
      changes.set(path, { path, before: changes.get(path)?.before ?? before, after });
    }
  }
  return [...changes.values()];
}

async function originAccess(
  github: GithubClient,
  repository: string,
): Promise<{ readonly server: string; readonly token: string }> {
  const auth = (await github.octokit.auth()) as { readonly token?: string };
  return { server: new URL(pageOf(github, repository)).origin, token: auth.token ?? "" };
}
