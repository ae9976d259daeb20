import { accountType, simpleUser } from "./accounts.ts";
import { idOf, nodeIdOf } from "./identifiers.ts";
import { labelAnswers } from "./labels.ts";
import { forkAnswer } from "./repositories.ts";
import type { PullRequest } from "./store-issues.ts";
import type { Repository } from "./store.ts";

/** A pull request where a run of a workflow names it. */
export function minimalPullRequest(
  root: string,
  repository: Repository,
  pull: PullRequest,
): object {
  const fullName = `${repository.owner}/${repository.name}`;
  const repo = {
    id: idOf("repository", fullName),
    url: `${root}/repos/${fullName}`,
    name: repository.name,
  };
  return {
    id: pull.id,
    number: pull.number,
    url: `${root}/repos/${fullName}/pulls/${pull.number}`,
    head: { ref: pull.headRef, sha: pull.headSha, repo },
    base: { ref: pull.baseRef, sha: pull.baseSha, repo },
  };
}

/** A pull request in a list. */
export function pullRequestSummary(
  root: string,
  organization: string,
  repository: Repository,
  pull: PullRequest,
): object {
  const fullName = `${repository.owner}/${repository.name}`;
  const { number, id } = pull;
  const here = `${root}/repos/${fullName}`;
  const url = `${here}/pulls/${number}`;
  const page = `${root}/${fullName}/pull/${number}`;
  const links = {
    issue: `${here}/issues/${number}`,
    commits: `${url}/commits`,
    review_comments: `${url}/comments`,
    review_comment: `${here}/pulls/comments{/number}`,
    comments: `${here}/issues/${number}/comments`,
    statuses: `${here}/statuses/${pull.headSha}`,
  };
  const person = (login: string) => simpleUser(root, login, accountType(login, organization));
  const side = (fullNameOfSide: string | null, ref: string, sha: string) => {
    // Of a deleted fork there is nobody but who made the pull request.
    const owner = fullNameOfSide?.split("/")[0] ?? pull.user;
    return {
      label: `${owner}:${ref}`,
      ref,
      sha,
      user: person(owner),
      repo: forkAnswer(root, organization, repository, fullNameOfSide),
    };
  };
  return {
    id,
    node_id: nodeIdOf("PullRequest", id),
    number,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    draft: pull.draft,
    locked: false,
    user: person(pull.user),
    labels: labelAnswers(root, repository, pull.labels),
    milestone: null,
    assignee: null,
    author_association: "NONE",
    auto_merge: null,
    head: side(pull.headRepository, pull.headRef, pull.headSha),
    base: side(fullName, pull.baseRef, pull.baseSha),
    merge_commit_sha: pull.mergeCommitSha,
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.closedAt,
    merged_at: pull.mergedAt,
    url,
    html_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    ...Object.fromEntries(Object.entries(links).map(([key, href]) => [`${key}_url`, href])),
    _links: {
      self: { href: url },
      html: { href: page },
      ...Object.fromEntries(Object.entries(links).map(([key, href]) => [key, { href }])),
    },
  };
}

/** A pull request with all that GitHub tells of it; what would need its content is nothing. */
export function fullPullRequest(
  root: string,
  organization: string,
  repository: Repository,
  pull: PullRequest,
): object {
  return {
    ...pullRequestSummary(root, organization, repository, pull),
    merged: pull.mergedAt !== null,
    mergeable: null,
    mergeable_state: "unknown",
    merged_by: null,
    comments: repository.comments.filter(({ issue }) => issue === pull.number).length,
    review_comments: 0,
    maintainer_can_modify: false,
    commits: 1,
    additions: 0,
    deletions: 0,
    changed_files: pull.changedFiles,
  };
}
