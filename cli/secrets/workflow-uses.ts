import { glob, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { SecretUse, SecretUses } from "../../rules/secret-uses.ts";
import { readsOf } from "../outputs/expression.ts";
import { isBare, isEarly, type Place } from "../outputs/place.ts";
import { readWorkflowFile, type WorkflowFile } from "../outputs/workflow-file.ts";
import { readsWhole } from "./whole-context.ts";

const WORKFLOWS = ".github/workflows/*.{yml,yaml}";
const ACTIONS = ["action.{yml,yaml}", ".github/actions/**/action.{yml,yaml}"];

/**
 * What the workflows and actions of a checkout do with secrets; undefined when it has no workflows.
 * @param checkout absolute path of a folder that has `.github` in it
 */
export async function workflowUses(checkout: string): Promise<SecretUses | undefined> {
  const workflows = await filesOf(checkout, [WORKFLOWS]);
  if (workflows.length === 0) return undefined;
  const found: SecretUses[] = [];
  for (const path of workflows) {
    found.push(usesIn(basename(path), await readFile(join(checkout, path))));
  }
  for (const path of await filesOf(checkout, ACTIONS)) {
    found.push(usesIn(path, await readFile(join(checkout, path))));
  }
  return {
    uses: found.flatMap(({ uses }) => uses),
    inherits: found.flatMap(({ inherits }) => inherits),
    inActions: found.flatMap(({ inActions }) => inActions),
    unreadable: found.flatMap(({ unreadable }) => unreadable),
  };
}

async function filesOf(checkout: string, patterns: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const path of glob(patterns, { cwd: checkout })) paths.push(path);
  return paths.sort();
}

/** What one workflow or action does with secrets. */
export function usesIn(file: string, content: Buffer | string): SecretUses {
  const read = readWorkflowFile(content);
  const names = read.places.flatMap((place) => namesIn(place).map((name) => ({ name, place })));
  const expressionFaults = read.places.flatMap(
    (place) => readsOf(place.text, isBare(place)).faults,
  );
  const faults = [
    ...read.faults.map(({ line, message }) => `line ${line}: ${message}`),
    ...expressionFaults.map(({ message }) => `holds what is no expression: ${message}`),
  ];
  const unreadable = faults.map((message) => ({ file, message }));
  if (read.kind === "action") {
    const inActions = names.map(({ name }) => ({ file, name }));
    return { uses: [], inherits: [], inActions, unreadable };
  }
  const handed = handedOver(read);
  return {
    uses: names
      .map(({ name, place }) => useAt(file, read, place, name))
      .map((use) => ({ ...use, handed: use.name !== null && handed.has(use.name) })),
    inherits: read.places.filter(isInherit).map((place) => ({
      file,
      job: place.job?.name ?? "",
      to: calledBy(read, place),
    })),
    inActions: [],
    unreadable,
  };
}

/** The secrets that a text reads; null for one that only a run knows. */
function namesIn(place: Place): readonly (string | null)[] {
  const reads = readsOf(place.text, isBare(place)).reads;
  const named = reads.flatMap(({ context, name }) =>
    context === "secrets" ? name.text.toUpperCase() : [],
  );
  return readsWhole(place.text, "secrets") ? [...named, null] : named;
}

/** A use of a secret; one outside of jobs, such as in the workflow's `env`, is evaluated in every job. */
function useAt(
  file: string,
  { jobs }: WorkflowFile,
  place: Place,
  name: string | null,
): Omit<SecretUse, "handed"> {
  const { job } = place;
  const readers = job === undefined ? jobs : [job];
  const known = readers.every(({ environments }) => environments !== undefined);
  const environments = readers.flatMap((each) => each.environments ?? []);
  return {
    ...{ file, name, job: job?.name ?? null },
    environments: isEarly(place) ? [] : known ? environments : null,
  };
}

/** Names of secrets that whoever calls a workflow hands over to it. */
function handedOver({ places }: WorkflowFile): ReadonlySet<string> {
  const names = places.flatMap(({ path: [on, event, secrets, name] }) =>
    on === "on" && event === "workflow_call" && secrets === "secrets" ? (name ?? []) : [],
  );
  return new Set(names.map((name) => name.toUpperCase()));
}

function isInherit({ text, path }: Place): boolean {
  return path.length === 3 && path[0] === "jobs" && path[2] === "secrets" && text === "inherit";
}

/** What a job calls. */
function calledBy({ places }: WorkflowFile, { job }: Place): string {
  const call = places.find(
    (place) => place.job === job && place.path.length === 3 && place.path[2] === "uses",
  );
  return call?.text ?? "another workflow";
}
