import { findingAt, stepsOf, type TreeFile, type TreeFinding } from "./workflow-tree.ts";

/** Actions of this repository that nothing here looks at, because they stand elsewhere than the check reads. */
export function actionFindings(file: TreeFile, files: readonly TreeFile[]): readonly TreeFinding[] {
  const known = files.flatMap(({ kind, file: path }) =>
    kind === "action" ? path.replace(/\/?action\.ya?ml$/, "") : [],
  );
  return stepsOf(file).flatMap(({ uses, path }) => {
    if (uses === undefined || !/^\.{1,2}\//.test(uses)) return [];
    // A step may have put the repository into a folder, which is before the action's own then.
    const inFolder = /^\.\/[\w-]+\/(.*)$/.exec(uses)?.[1];
    if (known.some((action) => uses === `./${action}` || inFolder === action)) return [];
    return [
      findingAt(file, [...path, "uses"], {
        rule: "unread-action",
        message: `uses ${uses}, which is no action in .github/actions, so that nothing checks what it does`,
        remedy: "put it in a folder of .github/actions, and write that path as it is",
      }),
    ];
  });
}
