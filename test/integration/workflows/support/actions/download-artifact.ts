/* actions/download-artifact: what a job before kept. @see https://github.com/actions/download-artifact */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { required, type StandIn } from "../action-call.ts";

export const downloadArtifact: StandIn = {
  action: "actions/download-artifact",
  inputs: { name: "", path: "." },
  run: async ({ inputs, job, say }) => {
    const name = required(inputs, "name");
    const files = job.run.artifacts.get(name);
    if (files === undefined) {
      throw new Error(`Unable to download artifact(s): Artifact not found for name: ${name}`);
    }
    const folder = resolve(job.workspace, required(inputs, "path"));
    for (const [path, bytes] of Object.entries(files)) {
      const file = resolve(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    say(`${name}: ${Object.keys(files).join(", ")}`);
    return { "download-path": folder };
  },
};
