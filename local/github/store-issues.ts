import { z } from "zod";
import { CommitHash, RepositoryFullName } from "./store-names.ts";
import { timestamps } from "./store-times.ts";

/** What an issue and a pull request have in common, one numbering in a repository included. */
const discussion = {
  id: z.int(),
  number: z.int(),
  title: z.string(),
  body: z.string().nullable(),
  state: z.enum(["open", "closed"]),
  /** Login of who made it. */
  user: z.string(),
  /** Names; a label comes into being when it is first used. */
  labels: z.array(z.string()),
  closedAt: z.iso.datetime().nullable(),
  ...timestamps,
};

export const Issue = z.strictObject({
  ...discussion,
  stateReason: z.enum(["completed", "reopened", "not_planned", "duplicate"]).nullable(),
});

/** One file of a pull request; `previousFilename` of a renamed or copied one. */
const ChangedFile = z.strictObject({
  filename: z.string(),
  status: z.enum(["added", "removed", "modified", "renamed", "copied", "changed", "unchanged"]),
  previousFilename: z.string().optional(),
});

export const PullRequest = z.strictObject({
  ...discussion,
  draft: z.boolean(),
  /** `null` when it was deleted. */
  headRepository: RepositoryFullName.nullable(),
  headRef: z.string(),
  headSha: CommitHash,
  baseRef: z.string(),
  baseSha: CommitHash,
  mergedAt: z.iso.datetime().nullable(),
  /** Of a merged one the commit on its base; of an open one the commit that tries the merge. */
  mergeCommitSha: CommitHash.nullable().default(null),
  files: z.array(ChangedFile),
  /** How many GitHub says there are: it lists no more than 3000. */
  changedFiles: z.int(),
  /** When it was given another base. */
  basesChangedAt: z.array(z.iso.datetime()).default([]),
});

export const Comment = z.strictObject({
  id: z.int(),
  /** Number of the issue or pull request. */
  issue: z.int(),
  body: z.string(),
  /** Login of who wrote it. */
  user: z.string(),
  ...timestamps,
});

export type Issue = z.infer<typeof Issue>;
export type PullRequest = z.infer<typeof PullRequest>;
export type Comment = z.infer<typeof Comment>;
