import { constants, type Stats } from "node:fs";
import { access, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UserError } from "../../../rules/problems.ts";
import { codeOf, ifThere, onDisk } from "./disk-faults.ts";

/**
 * Refuses what can be no store that this user writes, before anything is asked for or made: a file, another user's folder, one
 * that is not there and whose parent is not there either.
 * @returns whether the folder is there
 * @throws UserError
 */
export async function checkWriter(folder: string): Promise<boolean> {
  const found = await storeAt(folder);
  if (found !== undefined) {
    refuseOthersStore(folder, found);
    await onDisk(folder, () => access(folder, constants.W_OK | constants.X_OK));
    return true;
  }
  const parent = dirname(folder);
  // A disk that is not mounted has no folders: made anew they would fill the disk below.
  if ((await storeAt(parent)) === undefined) {
    throw new UserError(
      `${folder}: there is no folder ${parent} for it; make that, or mount its disk`,
    );
  }
  await onDisk(folder, () => access(parent, constants.W_OK | constants.X_OK));
  return false;
}

/** Facts of a folder, behind a link too; undefined where nothing is. @throws UserError when something else is there */
export async function storeAt(folder: string): Promise<Stats | undefined> {
  const found = await onDisk(folder, async () => {
    try {
      return await ifThere(() => stat(folder));
    } catch (error) {
      if (codeOf(error) !== "ENOTDIR") throw error;
      throw new UserError(`${folder} is below a file; name a folder`, { cause: error });
    }
  });
  if (found === undefined || found.isDirectory()) return found;
  throw new UserError(`${folder} is ${found.isFile() ? "a file" : "no folder"}; name a folder`);
}

/** What another user wrote there, root too, the store's own could not write any more. */
function refuseOthersStore(folder: string, { uid }: Stats): void {
  const user = process.geteuid?.();
  if (user === undefined || uid === user) return;
  throw new UserError(
    `${folder} is user ${uid}'s, and this is user ${user}: what one user writes the other could not write any more; ` +
      `run the command as its owner (sudo -u '#${uid}' ...), or name a folder of this user's`,
  );
}
