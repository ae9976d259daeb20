import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import {
  type PinnedDigest,
  pinnedDigestsFile,
  pinnedDigestsText,
  readPinnedDigests,
} from "../../../rules/pins/pinned-digests.ts";
import { ProblemsError } from "../../../rules/problems.ts";
import { ifThere } from "../../cache/store/disk-faults.ts";
import { PROJECT_ROOT } from "../../project-root.ts";
import type { ProposedFile } from "../propose/changed-tree.ts";

/** What a stack's file says of pinned digests; none where it has no file. @throws ProblemsError with all its faults */
export async function readPinnedFile(stack: string): Promise<readonly PinnedDigest[]> {
  const name = pinnedDigestsFile(stack);
  const text = await ifThere(() => readFile(join(PROJECT_ROOT, name), "utf8"));
  if (text === undefined) return [];
  const read = readPinnedDigests(text);
  if ("problems" in read) throw new ProblemsError(name, read.problems);
  return read.pinned.pins;
}

/** What a stack's file becomes; undefined where it says so already. */
export async function pinnedFileChange(
  stack: string,
  pins: readonly PinnedDigest[],
): Promise<ProposedFile | undefined> {
  const path = pinnedDigestsFile(stack);
  const after = Buffer.from(pinnedDigestsText(pins));
  const before = await ifThere(() => readFile(join(PROJECT_ROOT, path)));
  if (before === undefined) return pins.length === 0 ? undefined : { path, after };
  return before.equals(after) ? undefined : { path, before, after };
}

/** Writes a stack's file, whole or not at all. @returns whether it says anything else than before */
export async function writePinnedFile(
  stack: string,
  pins: readonly PinnedDigest[],
): Promise<boolean> {
  const change = await pinnedFileChange(stack, pins);
  if (change !== undefined) await writeFileAtomic(join(PROJECT_ROOT, change.path), change.after);
  return change !== undefined;
}
