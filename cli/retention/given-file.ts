import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError } from "../../rules/problems.ts";
import { callerFolder } from "../project-root.ts";

/**
 * The text of a file that an option names, relative to the caller's folder.
 * @throws UserError when it cannot be read
 */
export async function readGivenFile(option: string, path: string): Promise<string> {
  const file = resolve(callerFolder(), path);
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    throw new UserError(`${option} ${file}: cannot be read (${code}); check the path`, {
      cause: error,
    });
  }
}
