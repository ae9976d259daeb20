import { UserError } from "../../../rules/problems.ts";
import { codeOf, diskFault } from "../store/disk-faults.ts";

const REFUSED =
  "this user may not write there; run as a user that may, or give the folder of --directory to this one";

/** What is another thing to do in the folder of files than in a store. */
const FAULTS: Readonly<Record<string, string>> = {
  EACCES: REFUSED,
  EPERM: REFUSED,
  ENOLCK: "the file system has no locks; export to another one",
  ENOTSUP: "the file system lacks what an export needs; export to another one",
  ELOOP: "is a symbolic link; remove it, then run the command again",
};

/** A system's error while a file is exported as a user's; errors of the store are users' already. */
export function targetFault(error: unknown, path: string): unknown {
  const remedy = FAULTS[codeOf(error) ?? ""];
  if (remedy === undefined || error instanceof UserError) return diskFault(error, path);
  return new UserError(`${path}: ${remedy}`, { cause: error });
}
