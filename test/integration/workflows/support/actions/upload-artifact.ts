/* actions/upload-artifact: one file or folder, kept by the emulator. @see https://github.com/actions/upload-artifact */
import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { required, type StandIn } from "../action-call.ts";
import { zipArchive } from "../zip-archive.ts";

export const uploadArtifact: StandIn = {
  action: "actions/upload-artifact",
  inputs: {
    ...{ name: "artifact", path: "", "if-no-files-found": "warn" },
    ...{ "retention-days": "90", "compression-level": "6", overwrite: "false" },
  },
  run: async ({ inputs, job, say }) => {
    const path = required(inputs, "path");
    const name = required(inputs, "name");
    const files = await filesAt(path);
    if (Object.keys(files).length === 0) {
      const message = `No files were found with the provided path: ${path}. No artifacts will be uploaded.`;
      if (inputs["if-no-files-found"] === "error") throw new Error(message);
      say(message);
      return {};
    }
    const { artifacts, hosting, runId } = job.run;
    if (artifacts.has(name) && inputs["overwrite"] !== "true") {
      throw new Error(`an artifact with this name already exists: ${name}`);
    }
    const zip = zipArchive(files);
    artifacts.set(name, files);
    await hosting?.machinery.putArtifact({ run: runId, name, bytes: zip });
    say(`${name}: ${Object.keys(files).join(", ")}, ${zip.length} bytes`);
    return {};
  },
};

/** Files by their path in the archive: of a folder below it, of a file its name. */
async function filesAt(path: string): Promise<Record<string, Buffer>> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return {};
  if (found.isFile()) return { [basename(path)]: await readFile(path) };
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name);
    return [relative(path, file), await readFile(file)] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}
