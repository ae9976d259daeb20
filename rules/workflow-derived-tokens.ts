import { DEPLOY_ENVIRONMENT, DRIFT_ENVIRONMENT, PINS_ENVIRONMENT } from "./refs.ts";
import {
  environmentOf,
  findingAt,
  jobsOf,
  mapOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type TreeStep,
  type YamlMap,
} from "./workflow-tree.ts";

const APP_TOKEN = "actions/create-github-app-token@";
/** The action reads every input from here, those too that it does not declare. */
const INPUT = /^INPUT_/i;

/** What a token of a GitHub App may do, by the environment that holds the App's key. */
const PERMISSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [DEPLOY_ENVIRONMENT]: {
    actions: "read",
    "actions-variables": "write",
    administration: "write",
    environments: "write",
    members: "read",
  },
  [DRIFT_ENVIRONMENT]: {
    actions: "read",
    "actions-variables": "read",
    administration: "read",
    environments: "read",
    members: "read",
    secrets: "read",
  },
  [PINS_ENVIRONMENT]: {
    checks: "read",
    contents: "write",
    "pull-requests": "write",
    workflows: "write",
  },
};

/**
 * Tokens of the GitHub Apps are for this repository, may do what `slipway` does with them, and end with the job.
 * @see https://github.com/actions/create-github-app-token#inputs
 */
export function appTokenFindings(files: readonly TreeFile[]): readonly TreeFinding[] {
  return files.flatMap(jobsOf).flatMap((job) => {
    const allowed = PERMISSIONS[environmentOf(job) ?? ""];
    if (allowed === undefined) return [];
    return job.steps
      .filter(({ uses }) => uses?.startsWith(APP_TOKEN))
      .flatMap((step) => inputFindings(job, step, allowed));
  });
}

function inputFindings(
  job: TreeJob,
  step: TreeStep,
  allowed: Readonly<Record<string, string>>,
): readonly TreeFinding[] {
  return inputsOf(step.value).flatMap(({ name, value, path: below }) => {
    if (["app-id", "client-id", "private-key"].includes(name)) return [];
    const permission = /^permission-(.*)$/.exec(name)?.[1];
    const level = permission === undefined ? undefined : allowed[permission];
    if (level !== undefined && value === level) return [];
    const path = [...step.path, ...below];
    const message =
      permission === undefined
        ? `gives a token of the GitHub App ${name}: ${JSON.stringify(value)}; it is for this repository alone, and ends with the job`
        : `gives a token of the GitHub App ${permission}: ${JSON.stringify(value)}; slipway needs ${level ?? "no such permission"}`;
    return findingAt(
      job.file,
      path,
      {
        rule: "app-token",
        message: `job ${job.name} ${message}`,
        remedy:
          level === undefined ? `take ${name} out` : `write ${String(below.at(-1))}: ${level}`,
      },
      [level === undefined ? { kind: "remove", path } : { kind: "set", path, value: level }],
    );
  });
}

function inputsOf({ with: given, env }: YamlMap) {
  return [
    ...Object.entries(mapOf(given)).map(([key, value]) => ({
      name: key.toLowerCase(),
      value,
      path: ["with", key],
    })),
    ...Object.entries(mapOf(env))
      .filter(([key]) => INPUT.test(key))
      .map(([key, value]) => ({
        name: key.replace(INPUT, "").toLowerCase(),
        value,
        path: ["env", key],
      })),
  ];
}
