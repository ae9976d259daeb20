import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { UserError } from "../../../rules/problems.ts";
import { codeOf } from "../../cache/store/disk-faults.ts";
import { type HeldLock, lockFile } from "../../cache/store/kernel-lock.ts";
import { TreeFiles } from "../tree/pinned-file.ts";
import { HalfWritten, ROOM, takeBack } from "./take-back.ts";
import { type FileChange, hasBytes, isThere, syncFolder, writeWhole } from "./whole-file.ts";

/** Beside the files, so that a rename is enough; git and the search for pins ignore it. */
export const STAGING_FOLDER = ".slipway-bump";
const JOURNAL = "journal.json";
const UNCHANGED = "no file was changed";
const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;

const sha = z.string().regex(/^[0-9a-f]{64}$/);
/** A tree may have brought one with it: nothing in it leads out of the tree, into git's own folder, nor out of this one. */
const Journal = z.array(
  z.strictObject({
    path: z.string().regex(/^(?!\/)(?!.*(?:^|\/)(?:\.{0,2}|\.git)(?:\/|$))[^\0]+$/is),
    staged: z.string().regex(/^\d{1,9}$/),
    before: sha,
    after: sha,
  }),
);

/**
 * Writes all files, or none. The new bytes are on the disk, and a journal of them, before the first file changes: a run that
 * is killed in the middle is ended by the next one's {@link finishWriting}. Modes are kept.
 * @param root absolute path of the tree
 * @throws UserError when a file is another one than was read, before any is changed; {@link HalfWritten}
 */
export async function writeFiles(root: string, changes: readonly FileChange[]): Promise<void> {
  if (changes.length === 0) return;
  await staging(root, false, async (folder) => {
    await refuseChanged(root, changes);
    const entries = [];
    for (const [index, { path, before, after }] of changes.entries()) {
      const staged = String(index);
      const { mode } = await lstat(join(root, path));
      await writeWhole(join(folder, staged), after, mode & 0o7777);
      entries.push({ path, staged, before: sha256(before), after: sha256(after) });
    }
    await writeWhole(join(folder, `${JOURNAL}.new`), Buffer.from(JSON.stringify(entries)), 0o600);
    await rename(join(folder, `${JOURNAL}.new`), join(folder, JOURNAL));
    await syncFolder(folder);
    const done: FileChange[] = [];
    try {
      for (const [index, change] of changes.entries()) {
        // Somebody may have saved it while the others were written.
        await refuseChanged(root, [change]);
        await rename(join(folder, String(index)), join(root, change.path));
        done.push(change);
      }
      for (const parent of new Set(changes.map(({ path }) => dirname(path)))) {
        await syncFolder(join(root, parent));
      }
    } catch (error) {
      await takeBack(root, folder, done, { path: changes[done.length]?.path ?? root, error });
      throw error;
    }
  });
}

/** Whether a run was killed while it wrote into a tree, so that {@link finishWriting} has something to do. */
export async function isUnfinished(root: string): Promise<boolean> {
  return isThere(join(root, STAGING_FOLDER, JOURNAL));
}

/** What became of the files of a run that was killed. */
export interface Finished {
  readonly written: readonly string[];
  /** What somebody changed, took away or replaced since, and nothing was written to. */
  readonly left: readonly string[];
}

/**
 * Ends what a killed run had begun to write; nothing where none was. To be called before the tree is looked at: what is left
 * is then read as it is.
 */
export async function finishWriting(root: string): Promise<Finished> {
  if (!(await isThere(join(root, STAGING_FOLDER)))) return { written: [], left: [] };
  return staging(root, true, async (folder) => {
    const [written, left]: [string[], string[]] = [[], []];
    const tree = new TreeFiles(root);
    for (const { path, staged, before, after } of await readJournal(folder)) {
      const file = tree.read(path);
      const now = file.kind === "file" ? sha256(file.bytes) : undefined;
      // Where its new bytes had taken their place, what stands there now is somebody's own: the old ones again, perhaps.
      if (now === after || !(await isThere(join(folder, staged)))) continue;
      if (now !== before) {
        left.push(path);
        continue;
      }
      await rename(join(folder, staged), join(root, path));
      await syncFolder(join(root, dirname(path)));
      written.push(path);
    }
    return { written, left };
  });
}

/**
 * Runs something alone in the staging folder, which goes afterwards.
 * @param keeps whether it stays after an error
 */
async function staging<T>(
  root: string,
  keeps: boolean,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = join(root, STAGING_FOLDER);
  const lock = await lockStaging(root, folder);
  try {
    await writeWhole(join(folder, ".gitignore"), Buffer.from("*\n"), 0o600);
    const result = await work(folder);
    await removeStaging(folder);
    return result;
  } catch (error) {
    if (!keeps && !(error instanceof HalfWritten)) await removeStaging(folder);
    const outcome = keeps ? `${folder} keeps what is to be written` : UNCHANGED;
    throw writingFault(error, root, outcome);
  } finally {
    await lock.release();
  }
}

async function lockStaging(root: string, folder: string): Promise<HeldLock> {
  const path = join(folder, "lock");
  const onWait = (holder: string) => {
    console.error(`waiting for ${holder}, which writes pins in ${root}`);
  };
  for (;;) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw writingFault(error, root, UNCHANGED);
    }
    if (!(await lstat(folder)).isDirectory()) {
      throw new UserError(`${folder} is no folder; remove it: a bump keeps its files there`);
    }
    const lock = await lockFile(path, { onWait });
    // Who held it has taken the folder away with it.
    if (await isThere(path)) return lock;
    await lock.release();
  }
}

/**
 * What the system says of a place that cannot be written, in a user's words.
 * @param outcome what became of the files
 */
function writingFault(error: unknown, root: string, outcome: string): unknown {
  const code = codeOf(error);
  if (error instanceof UserError || code === undefined || !(error instanceof Error)) return error;
  const { path = root, dest = path } = error as NodeJS.ErrnoException & { dest?: string };
  return new UserError(`${dest} cannot be written (${code}), and ${outcome}; ${ROOM}`, {
    cause: error,
  });
}

/** The journal first: without it the rest is left over of a run that changed nothing. */
async function removeStaging(folder: string): Promise<void> {
  await rm(join(folder, JOURNAL), { force: true });
  await rm(folder, { recursive: true, force: true });
}

async function readJournal(folder: string): Promise<z.output<typeof Journal>> {
  if (!(await readdir(folder)).includes(JOURNAL)) return [];
  const text = await readRegular(join(folder, JOURNAL));
  try {
    return Journal.parse(JSON.parse(text.toString("utf8")));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error;
    throw new UserError(
      `${join(folder, JOURNAL)} is not what a bump writes that was stopped; look what the tree should have, and remove ${folder}`,
    );
  }
}

async function refuseChanged(root: string, changes: readonly FileChange[]): Promise<void> {
  const changed: string[] = [];
  for (const { path, before } of changes) {
    if (!(await hasBytes(root, path, before))) changed.push(path);
  }
  if (changed.length === 0) return;
  throw new UserError(
    `${changed.join(", ")} changed while the pins were looked for; no file was written. Run it again`,
  );
}

async function readRegular(path: string): Promise<Buffer> {
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
