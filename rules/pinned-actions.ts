import { z } from "zod";
import { documentProblems, mapOf } from "./document-problems.ts";
import type { Problem } from "./problems.ts";

/** `OWNER/NAME`, as `uses:` writes it without a folder. */
const REPOSITORY = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})\/[\w.-]{1,100}$/;
const COMMIT = /^[0-9a-f]{40}$/;

const VERSION = "a tag with all its numbers, e.g. v7.0.1";
const COMMIT_RULE = "a commit in 40 hexadecimal digits";
const SOURCES = "a list of public pages (https://) that show version and commit together";
const PinnedAction = mapOf(
  {
    /** The tag; one with fewer numbers moves. */
    version: z.string(VERSION).regex(/^v\d+\.\d+\.\d+$/, VERSION),
    commit: z.string(COMMIT_RULE).regex(COMMIT, COMMIT_RULE),
    sources: z.array(z.url({ protocol: /^https$/, error: SOURCES }), SOURCES).min(1, SOURCES),
  },
  "a map of version, commit and sources",
);
/** An action at the one commit that workflows may use it at. */
export type PinnedAction = z.output<typeof PinnedAction>;

const NAME = "OWNER/NAME of an action";
const PinnedActions = z.record(
  z.string().regex(REPOSITORY, NAME),
  PinnedAction,
  `a map by ${NAME}`,
);
/** By `OWNER/NAME`. */
export type PinnedActions = z.output<typeof PinnedActions>;

/** The list that a file holds, or everything that is wrong with it. */
export function readPinnedActions(
  data: unknown,
): { readonly pinned: PinnedActions } | { readonly problems: readonly Problem[] } {
  const parsed = PinnedActions.safeParse(data);
  if (parsed.success) return { pinned: parsed.data };
  return { problems: documentProblems(parsed.error, data) };
}

/** An action as a step names it. */
export interface UsedAction {
  /** `OWNER/NAME` */
  readonly repository: string;
  /** A folder of the repository: `/restore`; empty for its root. */
  readonly folder: string;
  /** A commit, tag or branch. */
  readonly ref: string;
}

/** The parts of what a step uses; undefined for a folder of this repository, an image, and what is no action. */
export function parseUses(uses: string): UsedAction | undefined {
  const { repository, folder, ref } =
    /^(?<repository>[\w.-]+\/[\w.-]+)(?<folder>(?:\/[^@\s]+)?)@(?<ref>\S+)$/.exec(uses)?.groups ??
    {};
  if (repository === undefined || folder === undefined || ref === undefined) return undefined;
  if (repository.startsWith("./") || repository.startsWith("../")) return undefined;
  return { repository, folder, ref };
}

export function isCommit(ref: string): boolean {
  return COMMIT.test(ref);
}
