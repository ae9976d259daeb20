import { copyFile, mkdtemp, readdir, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PROJECT_ROOT } from "../project-root.ts";
import { takeData } from "./take-data.ts";
import type { DataFault } from "./take-data-walk.ts";

/** Files beside Pulumi.yaml that make the program; its modules find the project's folder by where they lie. */
const PROGRAM_FILE = /\.ts$|^(?:package\.json|Pulumi\.yaml)$/;
/** What is none of the program's, or is data. */
const LEFT_OUT = new Set(["images", "coverage"]);

/**
 * Lets something read a project of this checkout's code with the data of another one, and removes it. Files of the program are
 * copies and its folders links: Node takes a linked module for the file that it leads to, and so for one of this checkout.
 * @param checkout absolute path; may hold anything
 * @returns what `use` gives, or every fault of the data
 */
export async function withDataOf<T>(
  checkout: string,
  use: (root: string) => Promise<T>,
): Promise<T | { readonly faults: readonly DataFault[] }> {
  const root = await mkdtemp(join(await realpath(tmpdir()), "slipway-pull-request-"));
  try {
    const faults = takeData(checkout, root);
    if (faults.length > 0) return { faults };
    const entries = await readdir(PROJECT_ROOT, { withFileTypes: true });
    await Promise.all(
      entries.map(async (entry) => {
        const { name } = entry;
        const from = join(PROJECT_ROOT, name);
        const to = join(root, name);
        if (name.startsWith(".") || LEFT_OUT.has(name)) return;
        if (entry.isFile()) {
          if (PROGRAM_FILE.test(name)) await copyFile(from, to);
        } else {
          await symlink(from, to);
        }
      }),
    );
    return await use(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
