import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { git } from "../../../context/git.ts";
import { withTemporaryFolder } from "../../../local/temporary-folder.ts";
import { UserError } from "../../../rules/problems.ts";
import type { FileChange } from "../bump/whole-file.ts";

/**
 * Files of a work tree as its commits have them: with the line ends, encodings and keywords that `.gitattributes` and git's
 * settings give them in a work tree taken back.
 * @param root absolute path of the work tree
 * @throws UserError when git cannot tell
 * @see https://git-scm.com/docs/gitattributes
 */
export async function cleanedFiles(
  root: string,
  files: readonly FileChange[],
): Promise<readonly FileChange[]> {
  return withTemporaryFolder("slipway-propose-clean", async (folder) => {
    const objects = join(folder, "objects");
    await mkdir(objects);
    const cleaned = async (path: string, bytes: Buffer): Promise<Buffer> => {
      const given = join(folder, "bytes");
      await writeFile(given, bytes);
      const words = ["hash-object", "-w", `--path=${path}`, given];
      // Written there in any case, and nothing to the repository.
      const env = { GIT_OBJECT_DIRECTORY: objects };
      const { exitCode, stdout, stderr } = await git(root, words, { env });
      if (exitCode !== 0) throw new UserError(`git hash-object ${path}: ${stderr}`);
      return looseBlob(objects, stdout.trim());
    };
    const all: FileChange[] = [];
    // One after the other: they share a file.
    for (const { path, before, after } of files) {
      all.push({
        ...{ path, before: await cleaned(path, before), after: await cleaned(path, after) },
      });
    }
    return all;
  });
}

/** @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
async function looseBlob(objects: string, hash: string): Promise<Buffer> {
  const packed = await readFile(join(objects, hash.slice(0, 2), hash.slice(2)));
  const object = inflateSync(packed);
  return object.subarray(object.indexOf(0) + 1);
}
