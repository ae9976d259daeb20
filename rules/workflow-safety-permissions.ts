import { runsUnknownCommand } from "./workflow-derived-commands.ts";
import {
  findingAt,
  jobsOf,
  mapOf,
  textsOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
  type TreeStep,
} from "./workflow-tree.ts";

/** A permission of the token that GitHub gives a job: `packages: write`. */
interface Need {
  readonly permission: string;
  readonly level: "read" | "write";
  /** The step that needs it, or what it does. */
  readonly by: string;
}

/** What `slipway` does with the job's own token, by the beginning of the command. */
const COMMANDS: readonly (readonly [
  command: RegExp,
  needs: readonly (readonly [permission: string, level: "read" | "write"])[],
])[] = [
  [
    /\bslipway\s+(?:build\s[^\n]*--missing|up|record|snapshot\s+publish)\b/,
    [["packages", "write"]],
  ],
  [
    /\bslipway\s+(?:workflows\s+decide|preview|cache\s+refresh|drift(?!\s+(?:issue|stack)))\b/,
    [["packages", "read"]],
  ],
  [
    /\bslipway\s+candidate\s+plan\b/,
    [
      ["actions", "read"],
      ["checks", "read"],
      ["packages", "read"],
      ["pull-requests", "read"],
    ],
  ],
  [
    /\bslipway\s+candidate\s+push\b/,
    [
      ["checks", "write"],
      ["packages", "read"],
    ],
  ],
  [
    /\bslipway\s+candidate\s+push\s[^\n]*--from\b/,
    [
      ["id-token", "write"],
      ["packages", "write"],
    ],
  ],
  [/\bslipway\s+pins\s+(?:check|propose|protect)\b/, [["packages", "read"]]],
  [
    /\bslipway\s+pins\s+promote\b/,
    [
      ["checks", "read"],
      ["packages", "write"],
      ["pull-requests", "read"],
      ["statuses", "read"],
    ],
  ],
  [/\bslipway\s+cache\s+refresh\s[^\n]*--run\b/, [["actions", "read"]]],
  [/\bslipway\s+drift\s+issue\b/, [["issues", "write"]]],
  [
    /\bslipway\s+pull-request\s+comment\b/,
    [
      ["actions", "read"],
      ["pull-requests", "write"],
    ],
  ],
];

/** Workflows give nothing to all of their jobs, and each job gets what its steps need and no more. */
export function permissionFindings(file: TreeFile): readonly TreeFinding[] {
  if (file.kind !== "workflow") return [];
  const { permissions } = mapOf(file.root);
  const isEmpty = typeof permissions === "object" && permissions !== null;
  const top =
    isEmpty && Object.keys(permissions).length === 0
      ? []
      : [
          findingAt(file, ["permissions"], {
            rule: "permissions",
            message:
              permissions === undefined
                ? "has no permissions: on top, so that a job without its own gets the repository's default"
                : `gives ${JSON.stringify(permissions)} to every job`,
            remedy: "write permissions: {} on top, and in each job what it needs",
          }),
        ];
  const hasNone = top.length === 0;
  return [...top, ...jobsOf(file).flatMap((job) => jobFindings(job, hasNone))];
}

/** @param hasNone whether a job that says nothing has no permission */
function jobFindings(job: TreeJob, hasNone: boolean): readonly TreeFinding[] {
  const { permissions } = job.value;
  const path = [...job.path, "permissions"];
  const needs = needsOf(job);
  if (permissions === undefined && hasNone && needs.size === 0) return [];
  const wanted = [...needs.values()].map(({ permission, level }) => `${permission}: ${level}`);
  if (typeof permissions !== "object" || permissions === null) {
    return [
      findingAt(job.file, path, {
        rule: "permissions",
        message: `job ${job.name} ${permissions === undefined ? "does not say its permissions" : `has permissions: ${JSON.stringify(permissions)}`}; what its steps need is ${wanted.join(", ") || "none"}`,
        remedy: `write under permissions: ${wanted.join(", ") || "{}"}`,
      }),
    ];
  }
  const given = mapOf(permissions);
  // Of a command that there is not, nobody knows what it was to need.
  const isKnown = !job.steps.some(runsUnknownCommand);
  const surplus = Object.entries(isKnown ? given : {}).flatMap(([permission, level]) => {
    const need = needs.get(permission);
    if (level === "none" || need?.level === level) return [];
    if (need !== undefined && level !== "write") return [];
    return findingAt(job.file, [...path, permission], {
      rule: "permissions",
      message: `job ${job.name} has ${permission}: ${String(level)}, which none of its steps needs`,
      remedy:
        need === undefined
          ? `take ${permission} out`
          : `write ${permission}: ${need.level}, for ${need.by}`,
    });
  });
  const missing = [...needs.values()].flatMap(({ permission, level, by }) => {
    const has = given[permission];
    if (has === level || has === "write") return [];
    return findingAt(job.file, path, {
      rule: "permissions",
      message: `job ${job.name} lacks ${permission}: ${level}, which ${by} needs`,
      remedy: `write ${permission}: ${level} under its permissions:`,
    });
  });
  return [...surplus, ...missing];
}

/** What the steps of a job need, the highest level of each permission. */
function needsOf(job: TreeJob): ReadonlyMap<string, Need> {
  const needs = new Map<string, Need>();
  for (const need of job.steps.flatMap(stepNeeds)) {
    if (needs.get(need.permission)?.level !== "write") needs.set(need.permission, need);
  }
  return needs;
}

function stepNeeds(step: TreeStep): readonly Need[] {
  const { uses = "", run = "" } = step;
  const by = `step ${JSON.stringify(step.label).slice(0, 80)}`;
  if (uses.startsWith("actions/checkout@")) return [{ permission: "contents", level: "read", by }];
  if (uses.startsWith("aws-actions/configure-aws-credentials@")) {
    return [{ permission: "id-token", level: "write", by }];
  }
  const commands = COMMANDS.filter(([command]) => command.test(run));
  return commands
    .flatMap(([, needs]) => needs)
    .filter(([permission]) => permission !== "packages" || takesOwnToken(step))
    .map(([permission, level]) => ({ permission, level, by }));
}

/** Whether a step logs in to ghcr.io by the job's own token; by another one it needs no permission of this. */
function takesOwnToken({ value }: TreeStep): boolean {
  const token = mapOf(value["env"])["GHCR_TOKEN"];
  return textsOf(token).some(({ text }) => /github\.token|secrets\.GITHUB_TOKEN/i.test(text));
}
