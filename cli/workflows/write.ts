import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { withLock } from "../../local/lock.ts";
import type { Edit, TreeFinding } from "../../rules/workflow-tree.ts";
import { withEdits } from "./write-edits.ts";

const PATIENCE_MILLISECONDS = 60_000;

/**
 * Does what findings say to do, where no person has to. Each file is written whole or not at all.
 * @param checkout absolute path of the folder that the files are in
 * @param say takes a line of progress
 * @returns the findings that have an edit in a file that was changed
 */
export async function writeFixes(
  checkout: string,
  findings: readonly TreeFinding[],
  say: (line: string) => void,
): Promise<readonly TreeFinding[]> {
  const byFile = new Map<string, Edit[]>();
  for (const { file, edit } of findings.flatMap(({ edits }) => edits)) {
    byFile.set(file, [...(byFile.get(file) ?? []), edit]);
  }
  const changed = new Set<string>();
  for (const [file, edits] of byFile) {
    const path = join(checkout, file);
    const lock = { onProgress: say, patienceMilliseconds: PATIENCE_MILLISECONDS };
    await withLock(join(checkout, ".slipway"), basename(file), lock, async () => {
      const text = await readFile(path, "utf8");
      const edited = withEdits(text, distinct(edits));
      if (edited === text) return;
      await writeFileAtomic(path, edited);
      changed.add(file);
    });
  }
  return findings.filter(({ edits }) => edits.some(({ file }) => changed.has(file)));
}

/** Several findings may ask for the same: what removes one job removes those that go with it. */
function distinct(edits: readonly Edit[]): readonly Edit[] {
  return [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
}
