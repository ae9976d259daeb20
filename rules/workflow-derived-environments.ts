import { suggestion } from "./suggestion.ts";
import type { Served } from "./workflow-derived.ts";
import {
  type Edit,
  environmentOf,
  findingAt,
  jobsOf,
  textsOf,
  type TreeFile,
  type TreeFinding,
  type TreeJob,
} from "./workflow-tree.ts";

/**
 * Jobs enter environments that a stack declares, and when the run is for them. GitHub makes one that is not there anew for
 * any job that names it, open to everybody.
 */
export function environmentFindings(
  files: readonly TreeFile[],
  { environments, stacks }: Served,
): readonly TreeFinding[] {
  const known = (name: string) =>
    environments.some((one) => one.toLowerCase() === name.toLowerCase());
  return files.flatMap((file) => {
    const jobs = jobsOf(file);
    const strangers = jobs.filter((job) => {
      const name = environmentOf(job);
      // Of an expression only GitHub knows what becomes of it.
      return name !== undefined && !name.includes("${{") && !known(name);
    });
    const removal = strangers.length === 0 ? undefined : removalOf(strangers, jobs);
    return [
      ...strangers.map((job) => {
        const name = environmentOf(job) ?? "";
        const near = suggestion(name, environments);
        const edits =
          near === "" && removal !== undefined && "edits" in removal ? removal.edits : [];
        return findingAt(
          file,
          [...job.path, "environment"],
          {
            rule: "environments",
            message: `job ${job.name} enters ${name}, which no stack declares (${stacks.join(", ")}); they have ${environments.join(", ")}`,
            remedy: remedyOf(name, near, removal),
          },
          edits,
        );
      }),
      ...jobs.flatMap(otherwiseChosen),
    ];
  });
}

function remedyOf(name: string, near: string, removal: Removal | undefined): string {
  if (near !== "") return `name one that a stack declares${near}`;
  const declare = `declare ${name} under slipway:environments`;
  if (removal === undefined) return declare;
  return "edits" in removal
    ? `take ${removal.jobs.join(", ")} out, or ${declare}`
    : `${removal.obstacle}; or ${declare}`;
}

/** What takes jobs out of a workflow, or why only a person can. */
type Removal =
  | { readonly jobs: readonly string[]; readonly edits: readonly Edit[] }
  | { readonly obstacle: string };

/**
 * Jobs go together with those that need nothing else than them: nobody would start these any more. The others lose them
 * from their `needs`, unless they read something of them.
 */
function removalOf(strangers: readonly TreeJob[], jobs: readonly TreeJob[]): Removal {
  const gone = new Set(strangers.map(({ name }) => name));
  for (let before = -1; before !== gone.size;) {
    before = gone.size;
    for (const job of jobs) {
      const needs = needsOf(job);
      if (needs.length > 0 && needs.every((name) => gone.has(name))) gone.add(job.name);
    }
  }
  if (gone.size === jobs.length) {
    return { obstacle: "every job of the workflow goes with it: remove the file" };
  }
  const edits: Edit[] = [...gone].map((name) => ({ kind: "remove", path: ["jobs", name] }));
  for (const job of jobs) {
    if (gone.has(job.name)) continue;
    const needs = needsOf(job);
    const left = needs.filter((name) => !gone.has(name));
    if (left.length === needs.length) continue;
    const read = needs.find((name) => gone.has(name) && readsOf(job, name));
    if (read !== undefined) {
      return {
        obstacle: `take ${[...gone].join(", ")} out by hand: job ${job.name} reads needs.${read}`,
      };
    }
    edits.push({ kind: "set", path: [...job.path, "needs"], value: left });
  }
  return { jobs: [...gone], edits };
}

function needsOf({ value: { needs } }: TreeJob): readonly string[] {
  if (typeof needs === "string") return [needs];
  return Array.isArray(needs) ? needs.map(String) : [];
}

/** Names of jobs are letters, digits, "-" and "_". */
function readsOf(job: TreeJob, name: string): boolean {
  const read = new RegExp(`\\bneeds\\s*(?:\\.\\s*${name}\\b(?!-)|\\[|\\.\\s*\\*|\\))`);
  return textsOf(job.value).some(({ text, path }) => path.at(-1) !== "run" && read.test(text));
}

/** A job that is for runs of one environment and enters another. */
function otherwiseChosen(job: TreeJob): readonly TreeFinding[] {
  const condition = job.value["if"];
  const environment = environmentOf(job);
  if (typeof condition !== "string") return [];
  const chosen = /\.outputs\.environment\s*==\s*'([^']*)'/.exec(condition)?.[1];
  if (chosen === undefined || chosen === environment) return [];
  return [
    findingAt(job.file, [...job.path, "if"], {
      rule: "environments",
      message: `job ${job.name} is for runs in ${chosen} and enters ${environment ?? "no environment"}`,
      remedy: `write environment: ${chosen}, or another condition`,
    }),
  ];
}
