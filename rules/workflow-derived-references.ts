import { suggestion } from "./suggestion.ts";
import { PLANNING_WORKFLOW } from "./workflow-derived-names.ts";
import {
  findingAt,
  mapOf,
  stepsOf,
  textsOf,
  type TreeFile,
  type TreeFinding,
  triggersOf,
} from "./workflow-tree.ts";

/** What workflows say of one another: names that they wait for, files that they name, actions of this repository. */
export function referenceFindings(files: readonly TreeFile[]): readonly TreeFinding[] {
  const names = files.flatMap(({ kind, root }) => {
    const { name } = mapOf(root);
    return kind === "workflow" && typeof name === "string" ? name : [];
  });
  const paths = files.map(({ file }) => file);
  return files.flatMap((file) => [
    ...waitedFor(file, names),
    ...namedFiles(file, paths),
    ...ownActions(file, paths),
  ]);
}

function waitedFor(file: TreeFile, names: readonly string[]): readonly TreeFinding[] {
  const waited = mapOf(triggersOf(file)["workflow_run"])["workflows"];
  const list: readonly unknown[] = Array.isArray(waited) ? waited : [waited ?? []].flat();
  return list.flatMap((name) => {
    if (names.includes(String(name))) return [];
    return findingAt(file, ["on", "workflow_run", "workflows"], {
      rule: "references",
      message: `waits for a workflow ${JSON.stringify(name)}, and none has that name`,
      remedy:
        name === "plan"
          ? `take ${PLANNING_WORKFLOW} from Slipway, or ${file.file} out`
          : `name one of ${names.join(", ")}${suggestion(String(name), names)}`,
    });
  });
}

function namedFiles(file: TreeFile, paths: readonly string[]): readonly TreeFinding[] {
  return textsOf(file.root).flatMap(({ text, path }) =>
    [...text.matchAll(/(?<![\w/])(?:\.\/)?(\.github\/workflows\/[\w.-]+\.ya?ml)\b/g)].flatMap(
      ([, named = ""]) => {
        if (paths.includes(named)) return [];
        return findingAt(file, path, {
          rule: "references",
          message: `names ${named}, which is not there`,
          remedy: `name a file that is there${suggestion(named, paths)}`,
        });
      },
    ),
  );
}

function ownActions(file: TreeFile, paths: readonly string[]): readonly TreeFinding[] {
  return stepsOf(file).flatMap(({ uses, path }) => {
    // A step may check the repository out into a folder, which is before the action's own then.
    const folder = /^\.\/.*?(\.github\/actions\/.+)$/.exec(uses ?? "")?.[1];
    if (folder === undefined) return [];
    if (paths.some((one) => one === `${folder}/action.yml` || one === `${folder}/action.yaml`)) {
      return [];
    }
    return findingAt(file, [...path, "uses"], {
      rule: "references",
      message: `uses ${uses ?? ""}, and there is no ${folder}/action.yml`,
      remedy: "name an action that is there",
    });
  });
}
