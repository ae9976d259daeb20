import { lstat, readlink, rm, rmdir, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { UserError } from "../../../rules/problems.ts";
import { codeOf, ifThere, onDisk } from "./disk-faults.ts";
import { makeFolder } from "./folders.ts";
import { replaceFile, syncFolder } from "./replace-file.ts";
import type { OnStep } from "./steps.ts";

/** @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md#oci-layout-file */
const LAYOUT_FILE = "oci-layout";
const LAYOUT_TEXT = `${JSON.stringify({ imageLayoutVersion: "1.0.0" })}\n`;
const BLOBS = "blobs";

/** Makes what a layout lacks but its index. Its blobs are the store's, by a relative link, so that a store can be moved. */
export async function makeLayout(folder: string, store: string, onStep: OnStep): Promise<void> {
  await makeFolder(folder, onStep);
  const link = join(folder, BLOBS);
  await onDisk(link, async () => {
    if (await checkLink(folder, store)) return;
    await onStep("link-making", link);
    await symlink(blobsFrom(folder, store), link);
    await syncFolder(folder);
    await onStep("link-made", link);
  });
  const file = join(folder, LAYOUT_FILE);
  if ((await onDisk(file, () => ifThere(() => lstat(file)))) !== undefined) return;
  await replaceFile(file, LAYOUT_TEXT, "layout", onStep);
}

/** Removes a layout, its index first: from then on it is none. */
export async function removeLayout(folder: string, onStep: OnStep): Promise<void> {
  await onDisk(folder, async () => {
    await onStep("channel-removing", folder);
    await rm(join(folder, "index.json"), { force: true });
    await syncFolder(folder);
    await onStep("channel-removed", folder);
    await onStep("leftover-removing", folder);
    await rm(join(folder, LAYOUT_FILE), { force: true });
    const link = join(folder, BLOBS);
    if ((await ifThere(() => lstat(link)))?.isSymbolicLink() === true) await rm(link);
    try {
      await rmdir(folder);
    } catch (error) {
      // What somebody put there is not ours to remove, and without an index the folder is no channel's.
      if (codeOf(error) !== "ENOTEMPTY") throw error;
    }
    await syncFolder(dirname(folder));
    await onStep("leftover-removed", folder);
  });
}

/** Whether the link is there. @throws UserError when something else is, or it leads elsewhere */
async function checkLink(folder: string, store: string): Promise<boolean> {
  const link = join(folder, BLOBS);
  const found = await ifThere(() => lstat(link));
  if (found === undefined) return false;
  const target = blobsFrom(folder, store);
  if (found.isSymbolicLink() && (await readlink(link)) === target) return true;
  throw new UserError(`${link} is not the link to ${target} that a store has there; remove it`);
}

function blobsFrom(folder: string, store: string): string {
  return relative(folder, join(store, BLOBS));
}
