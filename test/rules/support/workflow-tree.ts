import { readTree } from "../../../cli/workflows/check-tree.ts";
import type { TreeFile } from "../../../rules/workflow-tree.ts";

/** A workflow or action as the rules see it, from its text. */
export function treeOf(text: string, file = ".github/workflows/up.yml"): TreeFile {
  const kind = file.startsWith(".github/actions/") ? "action" : "workflow";
  const tree = readTree({ file, kind, content: Buffer.from(text) });
  if (tree === undefined) throw new Error(`no YAML:\n${text}`);
  return tree;
}
