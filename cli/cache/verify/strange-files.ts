import { lstat, readdir, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { DIGEST } from "../../../rules/image-reference.ts";
import { isOwnLink } from "../store-links.ts";
import { ifThere, onDisk } from "../store/disk-faults.ts";
import { FOLDER_MODE, OWN_FOLDER_MODE } from "../store/folders.ts";
import { StorePaths, TEMPORARY } from "../store/paths.ts";
import { FILE_MODE } from "../store/replace-file.ts";
import { LOST_AND_FOUND } from "../store/store-folder.ts";
import type { Store } from "../store/store.ts";
import type { StoreFinding } from "./finding.ts";

/**
 * What a store's folders hold besides what belongs there, and what of it has another owner or mode than it was given: who must
 * not read or write it could, or a job cannot read it.
 */
export async function strangeFiles(store: Store): Promise<readonly StoreFinding[]> {
  const paths = new StorePaths(store.folder);
  const { uid } = await lstat(store.folder);
  const findings: StoreFinding[] = [];
  const add = (kind: StoreFinding["kind"], path: string, message: string): void => {
    findings.push({ kind, path: relative(store.folder, path), images: [], message });
  };
  const look = async (path: string): Promise<void> => {
    const stats = await onDisk(path, () => ifThere(() => lstat(path)));
    // What a writer moves meanwhile is gone.
    if (stats === undefined) return;
    if (stats.uid !== uid) add("owner", path, `belongs to user ${stats.uid}, the store to ${uid}`);
    if (stats.isSymbolicLink()) {
      const target = await readlink(path);
      if (!isOwnLink(store.folder, path, target)) {
        add("strange", path, "is a link that no store has");
      }
      return;
    }
    if (!stats.isFile() && !stats.isDirectory()) {
      add("strange", path, "is neither file nor folder");
      return;
    }
    const mode = stats.mode & 0o7777;
    // What writers alone look at has names of its own, and may not even be readable here.
    const isOwn = path === paths.locks || path === paths.partials;
    const wanted = isOwn ? OWN_FOLDER_MODE : stats.isFile() ? FILE_MODE : FOLDER_MODE;
    const isTemporary = path.endsWith(TEMPORARY);
    if (mode !== wanted && !isTemporary) {
      add("mode", path, `has mode ${octal(mode)}, not ${octal(wanted)}`);
    }
    if (stats.isFile() || isOwn) return;
    for (const name of await onDisk(path, () => readdir(path))) {
      if (path === store.folder && name === LOST_AND_FOUND) continue;
      if (path === paths.blobs && !DIGEST.test(`sha256:${name}`)) {
        add("strange", join(path, name), "is no digest");
      } else await look(join(path, name));
    }
  };
  await look(store.folder);
  return findings;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
