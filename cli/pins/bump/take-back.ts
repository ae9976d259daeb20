import { lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../../rules/problems.ts";
import { codeOf } from "../../cache/store/disk-faults.ts";
import { type FileChange, hasBytes, writeWhole } from "./whole-file.ts";

/** What to do about a place that cannot be written. */
export const ROOM = "see to it that this user may write there and the disk has room";

/** Some files could not be put back: the staging folder keeps what the next run needs to end what this one began. */
export class HalfWritten extends UserError {}

/**
 * Puts back what was written before a fault. What somebody saved since then stays.
 * @param done files whose new bytes took their place, in the order of the journal
 * @param fault of the file that came next
 * @throws UserError that names the files that stay as somebody saved them; {@link HalfWritten} when one could not be put back
 */
export async function takeBack(
  root: string,
  folder: string,
  done: readonly FileChange[],
  fault: { readonly path: string; readonly error: unknown },
): Promise<void> {
  const saved: string[] = [];
  const stuck: string[] = [];
  for (const [index, change] of done.entries()) {
    try {
      if (await hasBytes(root, change.path, change.after)) {
        await putBack(root, folder, String(index), change);
      } else saved.push(change.path);
    } catch (error) {
      const code = codeOf(error);
      // Without a code it is no file any more: somebody took it away.
      if (code === undefined) saved.push(change.path);
      else stuck.push(`${change.path} (${code})`);
    }
  }
  if (saved.length === 0 && stuck.length === 0) return;
  const { path, error: cause } = fault;
  const code = codeOf(cause);
  const first = `${path} ${code === undefined ? "was changed meanwhile" : `cannot be written (${code})`}`;
  const kept =
    saved.length === 0
      ? ""
      : `; ${saved.join(", ")} was changed by somebody after it had its new digests, and is left so`;
  if (stuck.length === 0) {
    throw new UserError(`${first}${kept}. Every other file is as it was: run it again`, { cause });
  }
  throw new HalfWritten(
    `${first}${kept}. What was written before it could not be put back, and stays changed: ${stuck.join(", ")}; ${ROOM}, and run slipway pins bump again: it ends what this run began, with what ${folder} keeps`,
    { cause },
  );
}

/** The new bytes are staged again: whoever ends a run that was stopped meanwhile needs them. */
async function putBack(
  root: string,
  folder: string,
  staged: string,
  { path, before, after }: FileChange,
): Promise<void> {
  const { mode } = await lstat(join(root, path));
  await writeWhole(join(folder, staged), after, mode & 0o7777);
  await writeWhole(join(folder, "back"), before, mode & 0o7777);
  await rename(join(folder, "back"), join(root, path));
}
