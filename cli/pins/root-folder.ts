import { statSync } from "node:fs";
import { resolve } from "node:path";
import { UserError } from "../../rules/problems.ts";
import { callerFolder, PROJECT_ROOT } from "../project-root.ts";

/**
 * The folder whose pins are meant, as an absolute path: this project where no other is named.
 * @param given what --root has, relative to the caller's folder
 * @throws UserError when it is no folder
 */
export function rootFolder(given: string | undefined): string {
  if (given === undefined) return PROJECT_ROOT;
  if (given === "") throw new UserError('--root "": names no folder; write one, "." for this one');
  const root = resolve(callerFolder(), given);
  const found = statSync(root, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return root;
  const what =
    found === undefined
      ? `there is no folder ${root}; check the path`
      : `${root} is a file; name a folder`;
  throw new UserError(`--root ${JSON.stringify(given)}: ${what}`);
}
