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

/** What a stack's file says of pinned digests; none where it has no file. @throws ProblemsError with all its faults */
export async function readPinnedFile(stack: string): Promise<readonly PinnedDigest[]> {
  const name = pinnedDigestsFile(stack);
  const text = await ifThere(() => readFile(join(PROJECT_ROOT, name), "utf8"));
  if (text === undefined) return [];
  const read = readPinnedDigests(text);
  if ("problems" in read) throw new ProblemsError(name, read.problems);
  return read.pinned.pins;
}

/** Writes a stack's file, whole or not at all. @returns whether it says anything else than before */
export async function writePinnedFile(
  stack: string,
  pins: readonly PinnedDigest[],
): Promise<boolean> {
  const path = join(PROJECT_ROOT, pinnedDigestsFile(stack));
  const text = pinnedDigestsText(pins);
  const before = await ifThere(() => readFile(path, "utf8"));
  if (before === text || (before === undefined && pins.length === 0)) return false;
  await writeFileAtomic(path, text);
  return true;
}
