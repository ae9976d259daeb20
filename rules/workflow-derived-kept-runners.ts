import { isOfEveryRunner } from "./runner-label.ts";
import { CACHE_WORKFLOW } from "./workflow-derived-names.ts";
import type { KeptImage } from "./workflow-derived.ts";
import {
  findingAt,
  mapOf,
  textsOf,
  type TreeFinding,
  type TreeJob,
  type YamlPath,
} from "./workflow-tree.ts";

/** Names of inputs by which a called workflow may be told where to run. */
const RUNNER_INPUT = /runner|runs?[-_]?on|label|machine/i;
/** A job's own matrix, and a key of it. */
const OF_MATRIX = /^\$\{\{\s*matrix\.([\w-]+)\s*\}\}$/;

/**
 * A job of another workflow that may come to a runner whose user writes what every later job on a GPU runs: by its label, by labels
 * that every runner of one's own has unless it was registered without them, or by what the file does not tell.
 * @param kept not empty
 */
export function otherJobFindings(job: TreeJob, kept: readonly KeptImage[]): readonly TreeFinding[] {
  const labels = new Set(kept.map(({ runner }) => runner.toLowerCase()));
  const { "runs-on": machine, strategy, uses } = job.value;
  const [first = ""] = kept.map(({ runner }) => runner);
  const met = [...textsOf(machine), ...textsOf(strategy)]
    .map(({ text }) => text)
    .find((text) => labels.has(text.toLowerCase()));
  if (met !== undefined) return [fault(job, "runs-on", `may run on ${met}`, met)];
  if (typeof uses === "string") {
    // A workflow of this repository is looked at itself.
    return uses.startsWith("./") ? [] : calledElsewhere(job, labels, first);
  }
  const open = openMachine(job, machine);
  return open === undefined
    ? []
    : [fault(job, "runs-on", `${open}, and may so run on ${first}`, first)];
}

/** Why a job may get machines of a label that it does not name; undefined where it cannot. */
function openMachine(job: TreeJob, machine: unknown): string | undefined {
  const { group, labels } = mapOf(machine);
  if (group !== undefined) return `takes any machine of group ${JSON.stringify(group)}`;
  const asked = labels ?? machine;
  if (asked === undefined) return undefined;
  for (const choice of choicesOf(job, asked)) {
    const expression = choice.find((label) => label.includes("${{"));
    if (expression !== undefined) return `takes a machine that ${expression} names`;
    if (choice.every(isOfEveryRunner)) return `takes any machine with ${choice.join(", ")}`;
  }
  return undefined;
}

/** Every list of labels that a job may ask for; an expression stays as it is, but for one of the job's own literal matrix. */
function choicesOf(job: TreeJob, asked: unknown): readonly (readonly string[])[] {
  if (Array.isArray(asked)) {
    const parts = asked.map((label) => choicesOf(job, label));
    return parts.reduce<readonly (readonly string[])[]>(
      (all, choices) => all.flatMap((one) => choices.map((more) => [...one, ...more])),
      [[]],
    );
  }
  const text = typeof asked === "string" ? asked : JSON.stringify(asked ?? null);
  const name = OF_MATRIX.exec(text)?.[1];
  const values = name === undefined ? undefined : matrixValues(job, name);
  return values === undefined ? [[text]] : values.map(textList);
}

/** What a key of a job's matrix may be; undefined where the file does not tell. */
function matrixValues(job: TreeJob, name: string): readonly unknown[] | undefined {
  const { [name]: listed = [], include = [] } = mapOf(mapOf(job.value["strategy"])["matrix"]);
  if (!Array.isArray(listed) || !Array.isArray(include)) return undefined;
  const included = include.flatMap((one): unknown[] => {
    const value = mapOf(one)[name];
    return value === undefined ? [] : [value];
  });
  const values: readonly unknown[] = [...(listed as unknown[]), ...included];
  return values.length === 0 ? undefined : values;
}

function textList(value: unknown): readonly string[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => (typeof item === "string" ? item : JSON.stringify(item ?? null)));
}

/** A workflow of another repository runs where its inputs say, as far as this file can tell. */
function calledElsewhere(
  job: TreeJob,
  labels: ReadonlySet<string>,
  first: string,
): readonly TreeFinding[] {
  return textsOf(job.value["with"]).flatMap(({ text, path }) => {
    const words = text.split(/[^\w.-]+/).filter((word) => word !== "");
    const met = words.find((word) => labels.has(word.toLowerCase()));
    const at = ["with", ...path];
    const what = `gives ${path.join(".")}: ${JSON.stringify(text)} to a workflow of another repository`;
    if (met !== undefined) return [fault(job, at, what, met)];
    const isOpen = words.length > 0 && words.every(isOfEveryRunner);
    const isUntold = text.includes("${{") && RUNNER_INPUT.test(path.join("."));
    return isOpen || isUntold ? [fault(job, at, what, first)] : [];
  });
}

function fault(job: TreeJob, at: string | YamlPath, does: string, label: string): TreeFinding {
  return findingAt(job.file, [...job.path, ...(typeof at === "string" ? [at] : at)], {
    rule: "runner",
    message: `job ${job.name} ${does}; the user of ${label} writes the images that other jobs load`,
    remedy: `write the label of other machines, as it is; ${label} is for ${CACHE_WORKFLOW} alone`,
  });
}
