import {
  findingAt,
  jobsOf,
  mapOf,
  stepsOf,
  type TreeFile,
  type TreeFinding,
  triggersOf,
} from "./workflow-tree.ts";

/** The most that a job of GitHub's own runners may take. @see https://docs.github.com/en/actions/reference/limits */
export const MOST_MINUTES = 360;

/** What no workflow may do, whatever its jobs hold. */
export function stepFindings(file: TreeFile): readonly TreeFinding[] {
  return [
    ...dangerousTrigger(file),
    ...expressionsInScripts(file),
    ...timeLimits(file),
    ...keptCredentials(file),
  ];
}

/** @see https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/ */
function dangerousTrigger(file: TreeFile): readonly TreeFinding[] {
  if (!Object.hasOwn(triggersOf(file), "pull_request_target")) return [];
  return [
    findingAt(file, ["on", "pull_request_target"], {
      rule: "pull-request-target",
      message:
        "pull_request_target starts it: anybody's pull request would run beside the repository's secrets",
      remedy: "use pull_request, and hand its result as data to a workflow on workflow_run",
    }),
  ];
}

/** A shell would run what a branch's name or a title says. */
function expressionsInScripts(file: TreeFile): readonly TreeFinding[] {
  const defaults = [
    { path: [], value: mapOf(file.root) },
    ...jobsOf(file).map(({ path, value }) => ({ path, value })),
  ].flatMap(({ path, value }) => {
    const shell = mapOf(mapOf(value["defaults"])["run"])["shell"];
    if (typeof shell !== "string" || !shell.includes("${{")) return [];
    return findingAt(file, [...path, "defaults", "run", "shell"], {
      rule: "expression-in-run",
      message: `runs its scripts by ${quoted(shell)}, where the value becomes code`,
      remedy: "write the shell's name, or take defaults: out",
    });
  });
  const scripts = stepsOf(file).flatMap((step) => {
    const script = mapOf(step.value["with"])["script"];
    const texts = [
      { key: ["run"], text: step.run },
      { key: ["shell"], text: step.value["shell"] },
      { key: ["with", "script"], text: script },
    ];
    return texts.flatMap(({ key, text }) => {
      const found = typeof text === "string" && /\$\{\{.*?(?:\}\}|$)/s.exec(text)?.[0];
      if (typeof found !== "string") return [];
      return findingAt(file, [...step.path, ...key], {
        rule: "expression-in-run",
        message: `step ${quoted(step.label)} has ${quoted(found)} in its script, where the value becomes code`,
        remedy: `put it under env: and write the variable in double quotes, e.g. "$NAME"`,
      });
    });
  });
  return [...defaults, ...scripts];
}

function timeLimits(file: TreeFile): readonly TreeFinding[] {
  return jobsOf(file).flatMap((job) => {
    const { "timeout-minutes": limit, uses } = job.value;
    // A job that calls another workflow takes that one's limits.
    if (typeof uses === "string") return [];
    if (typeof limit === "number" && Number.isInteger(limit) && limit > 0) {
      if (limit <= MOST_MINUTES) return [];
    }
    const found = limit === undefined ? "has no time-out" : `has the time-out ${quoted(limit)}`;
    return findingAt(file, [...job.path, ...(limit === undefined ? [] : ["timeout-minutes"])], {
      rule: "time-out",
      message: `job ${job.name} ${found}; each ends by itself within ${MOST_MINUTES} minutes`,
      remedy: `write timeout-minutes: with a whole number from 1 to ${MOST_MINUTES}`,
    });
  });
}

/** What a checkout leaves in `.git/config` is there for every step and every file that is uploaded. */
function keptCredentials(file: TreeFile): readonly TreeFinding[] {
  return stepsOf(file)
    .filter(({ uses }) => uses?.startsWith("actions/checkout@") === true)
    .filter(({ value }) => mapOf(value["with"])["persist-credentials"] !== false)
    .map((step) =>
      findingAt(file, step.path, {
        rule: "persist-credentials",
        message: `step ${quoted(step.label)} leaves the job's token in the checkout`,
        remedy: "write persist-credentials: false under its with:",
      }),
    );
}

function quoted(value: unknown): string {
  return JSON.stringify(value).slice(0, 100);
}
