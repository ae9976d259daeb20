import { credentialsOf } from "./workflow-safety-credentials.ts";
import { inputsOf } from "./workflow-safety-inputs.ts";
import { PLANNING_WORKFLOW } from "./workflow-derived-names.ts";
import {
  findingAt,
  jobsOf,
  stepsOf,
  type TreeFile,
  type TreeFinding,
  type TreeStep,
} from "./workflow-tree.ts";

/** Actions that keep a cache unless they are told not to, with the input that tells them. */
const BY_DEFAULT: readonly (readonly [action: string, input: string])[] = [
  // https://github.com/actions/setup-node#breaking-changes-in-v5
  ["actions/setup-node", "package-manager-cache"],
  // https://github.com/actions/setup-go#caching-dependency-files-and-build-outputs
  ["actions/setup-go", "cache"],
];

/**
 * Caches are shared among all jobs of a branch, and what one job puts there another one runs: none in actions, in jobs with
 * a credential, and where a preview is made.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching#restrictions-for-accessing-a-cache
 */
export function cacheFindings(file: TreeFile): readonly TreeFinding[] {
  if (file.kind === "action") return stepsOf(file).flatMap((step) => ofStep(step, inputsOf(step)));
  return jobsOf(file)
    .filter((job) => file.file === PLANNING_WORKFLOW || credentialsOf(job).length > 0)
    .flatMap((job) => job.steps.flatMap((step) => ofStep(step, inputsOf(step, job))));
}

function ofStep(step: TreeStep, inputs: ReadonlyMap<string, unknown>): readonly TreeFinding[] {
  const { file, uses } = step;
  if (uses === undefined) return [];
  const action = uses.replace(/@.*$/s, "");
  const [, silent] = BY_DEFAULT.find(([name]) => action === name) ?? [];
  const used = [...inputs].filter(
    ([name, value]) => /\bcache/.test(name) && value !== false && value !== "false",
  );
  return [
    ...(/(?:^|[/-])cache(?:[/-]|$)/.test(action)
      ? [
          findingAt(file, [...step.path, "uses"], {
            rule: "cache",
            message: `uses ${action}, beside credentials that what it brings could take`,
            remedy: "take it out",
          }),
        ]
      : []),
    ...used.map(([name, value]) =>
      findingAt(file, [...step.path, "with", name], {
        rule: "cache",
        message: `${action} keeps a cache (${name}: ${JSON.stringify(value)}), beside credentials that what it brings could take`,
        remedy: name === silent ? `write ${name}: false` : `take ${name} out`,
      }),
    ),
    ...(silent === undefined || inputs.has(silent)
      ? []
      : [
          findingAt(file, step.path, {
            rule: "cache",
            message: `${action} keeps a cache unless it is told not to, beside credentials that what it brings could take`,
            remedy: `write ${silent}: false`,
          }),
        ]),
  ];
}
