import type { GithubClient } from "../../../github/client.ts";
import { gitCommit } from "../../../github/git-data.ts";
import { pullHead, type PullHead } from "../../../github/proposed-pulls.ts";
import { codeSpan } from "../../../rules/markdown-text.ts";
import { proposalMessage } from "../../../rules/pins/proposal-commit.ts";
import { UserError } from "../../../rules/problems.ts";
import { mergeOf } from "../../candidate/find-pull-request.ts";
import type { Stack } from "../../stack.ts";
import { listsFor } from "../bump/run-bump.ts";
import { candidatesOfHead } from "./candidates-of-head.ts";
import { movedPins } from "./moved-pins.ts";
import { moveRuledBranch, publishes } from "./own-branch.ts";
import { pageOf } from "./pins-github.ts";
import { withPullTree } from "./pull-request-tree.ts";
import { tellFork } from "./tell-fork.ts";
import { type VerifiedCandidate, verifiedCandidates } from "./verified-candidates.ts";
import { changeOf, writeCommit } from "./write-commit.ts";

/** What is left of a pull request's pins as it is, and why, a line each. */
interface LeftPins {
  readonly left: readonly string[];
}

/** What became of a pull request's own pins. */
export type PinnedCandidates =
  | { readonly outcome: "nothing"; readonly reason: string }
  | ({
      readonly outcome: "committed";
      readonly commit: string;
      readonly images: readonly string[];
    } & LeftPins)
  | ({
      readonly outcome: "commented";
      readonly url: string;
      readonly images: readonly string[];
      /** Of its branch, as the rest of a sentence: `is in a fork`. */
      readonly why: string;
      readonly unchanged: boolean;
    } & LeftPins);

/**
 * Lets a pull request pin the candidates that were built from it, as far as they are signed as that: by a commit on its branch, or,
 * where that is in a fork or publishes, by a comment that says what to run. Its files are data here: nothing of them runs.
 * @param wanted labels or families; all without any
 * @throws UserError when no candidate is what it is to be, when the branch has moved meanwhile, and what keeps a bump from being made
 */
export async function pinCandidates(
  github: GithubClient,
  stack: Stack,
  number: number,
  wanted: readonly string[],
): Promise<PinnedCandidates> {
  const { repository, pinsApp } = stack.configuration;
  const head = await pullHead(github, repository, number);
  const nothing = (reason: string): PinnedCandidates => ({ outcome: "nothing", reason });
  if (!head.isOpen) return nothing("it is closed");
  const told = await candidatesOfHead(github, stack, head.commit, wanted);
  if (told.length === 0) return nothing(`no check of ${head.commit} tells of a candidate`);
  const merged = await mergeOf({ github, repository }, number, head.commit);
  if ("nothing" in merged) return nothing(merged.nothing);
  const at = { number, ...(await originAccess(github, repository)) };
  const { candidates, refused } = await withPullTree(
    { ...at, which: "merge", commit: merged.merge },
    (checkout) => verifiedCandidates(github, stack, { number, checkout }, told),
  );
  const refusals = refused.map(({ image, why }) => `${image}: not pinned: ${why}`);
  if (candidates.length === 0) throw new UserError(refusals.join("\n"));
  const [{ digest }] = candidates as [VerifiedCandidate];
  const known = await listsFor(stack, digest, undefined);
  const pins = await withPullTree({ ...at, which: "head", commit: head.commit }, (root) =>
    movedPins(root, stack, known, candidates),
  );
  const left = [...refusals, ...pins.left];
  // A date alone is no candidate that is pinned: the bump of whoever writes there mends it.
  if (pins.moved.length === 0) {
    const others = left.length === 0 ? "" : `; ${left.join("; ")}`;
    return nothing(`it pins its candidates already, or nothing to be moved${others}`);
  }
  const moved = candidates.filter(({ image }) => pins.moved.includes(image));
  const images = moved.map(({ image }) => image);
  const why = whyUnwritten(github, stack, head);
  if (why !== undefined) {
    const pull = { repository, number, why, app: pinsApp };
    const { url, change } = await tellFork(github, pull, moved.map(toPin));
    return { outcome: "commented", url, images, why, unchanged: change === "unchanged", left };
  }
  const place = { owner: github.owner, repo: repository };
  const commit = await gitCommit(github, place, head.commit);
  const on = { github, place, commit, called: `pull request #${number}` };
  const changed = await changeOf(on, pins.files);
  const title = "Pin the images that were built from this pull request";
  const message = proposalMessage(title, moved, { tree: changed.tree, parent: commit.sha });
  const sha = await writeCommit(on, pins.files, changed, message);
  const commands = moved
    .map(toPin)
    .map(({ image, reference }) => `slipway pins bump ${image} --to ${reference}`);
  const instead = `Or run in a checkout of it: ${commands.join("; ")}`;
  if (!(await moveRuledBranch(github, repository, head.branch, { sha, force: false }, instead))) {
    throw new UserError(
      `pull request #${number}: its branch has other commits by now, and was left alone; their own run pins their candidates`,
    );
  }
  return { outcome: "committed", commit: sha, images, left };
}

/** Why a pull request's branch is not to be written, as the rest of a sentence. */
function whyUnwritten(
  { owner }: GithubClient,
  { configuration: { repository, channel }, catalog }: Stack,
  { isOwn, branch }: PullHead,
): string | undefined {
  if (!isOwn) return "is in a fork";
  const schemes = [...catalog.values()].map(({ scheme }) => scheme);
  const reason = publishes(branch, { home: `${owner}/${repository}`, channel, schemes });
  return reason && `${codeSpan(branch)} publishes (${reason})`;
}

function toPin({ image, digest, candidatePlaces: [place = ""] }: VerifiedCandidate) {
  return { image, reference: `${place}@${digest}` };
}

async function originAccess(
  github: GithubClient,
  repository: string,
): Promise<{ readonly server: string; readonly token: string }> {
  const auth = (await github.octokit.auth()) as { readonly token?: string };
  return { server: new URL(pageOf(github, repository)).origin, token: auth.token ?? "" };
}
