import type { GithubClient } from "../../../github/client.ts";
import { branchCommit, createBranch, gitCommit, type GitCommit } from "../../../github/git-data.ts";
import {
  createPull,
  openPull,
  type ProposedPull,
  updatePull,
} from "../../../github/proposed-pulls.ts";
import { isOwnCommit } from "../../../rules/pins/proposal-commit.ts";
import { UserError } from "../../../rules/problems.ts";
import type { ProposedFile } from "./changed-tree.ts";
import { moveRuledBranch } from "./own-branch.ts";
import { changeOf, writeCommit } from "./write-commit.ts";

/** A change that is to be one commit on a branch, and its pull request. */
export interface ProposedChange {
  /** Without its owner. */
  readonly repository: string;
  /** The branch that it is for. */
  readonly base: string;
  /** The branch that it is on, which nobody else writes. */
  readonly branch: string;
  readonly files: readonly ProposedFile[];
  readonly title: string;
  /** Markdown, of the commit that the change is made on. */
  readonly body: (parent: string) => string;
  /** The commit's, which {@link isOwnCommit} knows again. */
  readonly message: (at: { readonly tree: string; readonly parent: string }) => string;
}

/** What became of a proposal. */
export interface Proposal {
  readonly number: number;
  /** Its page. */
  readonly url: string;
  /** The branch's. */
  readonly commit: string;
  /** Whether all of it was there already. */
  readonly unchanged: boolean;
  /** Whether the pull request was made now. */
  readonly opened: boolean;
}

/**
 * Makes the files one commit on top of the base as it is now, and the branch's open pull request what is said of it. Commits of
 * others on the branch stay: nothing is written then. Of two runs at the same time one has the branch in the end, and the other
 * says so.
 * @throws UserError for a branch that others wrote, a base with other files, and a branch that another run took
 */
export async function proposeChanges(
  github: GithubClient,
  change: ProposedChange,
): Promise<Proposal> {
  const { repository, base, files } = change;
  const place = { owner: github.owner, repo: repository };
  const here = `${github.owner}/${repository}`;
  const parent = await branchCommit(github, place, base);
  if (parent === undefined) {
    throw new UserError(`${here} has no branch ${base} that the token sees`);
  }
  const on = {
    ...{ github, place, called: `${base} of ${here}` },
    commit: await gitCommit(github, place, parent),
  };
  const changed = await changeOf(on, files);
  const tip = await ownTip(github, change);
  const isThere = tip?.tree === changed.tree && tip.parents[0] === parent;
  const message = change.message({ tree: changed.tree, parent });
  const commit = isThere ? tip.sha : await writeCommit(on, files, changed, message);
  if (!isThere) await takeBranch(github, change, tip?.sha, commit);
  const { pull, opened, changedText } = await pullOf(github, change, change.body(parent));
  await refuseTaken(github, change, commit);
  return {
    ...{ number: pull.number, url: pull.url, commit, opened },
    unchanged: isThere && !opened && !changedText,
  };
}

/**
 * Closes the proposal of a branch, where there is one: its base has all of it by now.
 * @returns what was closed
 * @throws UserError for a branch that others wrote
 */
export async function withdrawProposal(
  github: GithubClient,
  change: Pick<ProposedChange, "repository" | "base" | "branch">,
): Promise<ProposedPull | undefined> {
  const { repository, base, branch } = change;
  const pull = await openPull(github, repository, { head: branch, base });
  if (pull === undefined) return undefined;
  await ownTip(github, change);
  await updatePull(github, repository, pull.number, { state: "closed" });
  return pull;
}

/** The commit that the branch is at; undefined where there is no such branch. @throws UserError when it is another's */
async function ownTip(
  github: GithubClient,
  { repository, branch, base }: Pick<ProposedChange, "repository" | "branch" | "base">,
): Promise<GitCommit | undefined> {
  const place = { owner: github.owner, repo: repository };
  const sha = await branchCommit(github, place, branch);
  if (sha === undefined) return undefined;
  const commit = await gitCommit(github, place, sha);
  if (isOwnCommit(commit)) return commit;
  throw new UserError(
    `branch ${branch} of ${github.owner}/${repository} is at ${sha} by ${JSON.stringify(commit.author.slice(0, 100))}, which slipway did not make: it is not overwritten. Merge its pull request, or take the branch away (git push origin --delete ${branch}): the next run proposes for ${base} anew`,
  );
}

async function takeBranch(
  github: GithubClient,
  change: ProposedChange,
  before: string | undefined,
  commit: string,
): Promise<void> {
  const { repository, branch } = change;
  const place = { owner: github.owner, repo: repository };
  // GitHub moves a branch by force whatever it is at: what another run wrote meanwhile is looked for before and after.
  if ((await branchCommit(github, place, branch)) !== before) throw taken(change);
  const isTaken =
    before === undefined
      ? await createBranch(github, place, branch, commit)
      : await moveRuledBranch(
          github,
          repository,
          branch,
          { sha: commit, force: true },
          "Nobody else writes it",
        );
  // What GitHub did before its answer was lost it refuses the second time.
  if (!isTaken) await refuseTaken(github, change, commit);
}

async function refuseTaken(
  github: GithubClient,
  change: ProposedChange,
  commit: string,
): Promise<void> {
  const place = { owner: github.owner, repo: change.repository };
  const now = await branchCommit(github, place, change.branch);
  if (now !== commit) throw taken(change);
}

function taken({ branch }: ProposedChange): UserError {
  return new UserError(
    `branch ${branch} was written by another run meanwhile, whose proposal it has now; run this again if that one may not know what is published now`,
  );
}

async function pullOf(
  github: GithubClient,
  { repository, base, branch: head, title }: ProposedChange,
  body: string,
): Promise<{ pull: ProposedPull; opened: boolean; changedText: boolean }> {
  const open = () => openPull(github, repository, { head, base });
  const before = await open();
  if (before === undefined) {
    const made = await createPull(github, repository, { head, base, title, body });
    if (made !== undefined) return { pull: made, opened: true, changedText: true };
  }
  const pull = before ?? (await open());
  if (pull === undefined) {
    throw new UserError(
      `branch ${head} has a pull request that GitHub does not list; run this again`,
    );
  }
  const changedText = pull.title !== title || plain(pull.body) !== plain(body);
  if (changedText) await updatePull(github, repository, pull.number, { title, body });
  return { pull, opened: false, changedText };
}

/** GitHub may end lines otherwise. */
function plain(text: string): string {
  return text.replaceAll("\r\n", "\n").trimEnd();
}
