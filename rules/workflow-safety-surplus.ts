import { findingAt, type TreeFile, type TreeFinding, type YamlPath } from "./workflow-tree.ts";

/** What a map of a workflow says that would change what its steps do, of which it says no more than is known. */
export function surplusKeys(
  file: TreeFile,
  path: YamlPath,
  value: Readonly<Record<string, unknown>>,
  known: readonly string[],
  { rule, owner }: { readonly rule: string; readonly owner: string },
): readonly TreeFinding[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) =>
      findingAt(file, [...path, key], {
        rule,
        message: `has ${key}:, which ${owner} goes without`,
        remedy: `take ${key} out`,
      }),
    );
}
