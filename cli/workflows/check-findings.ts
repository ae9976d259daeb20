import type { PinnedActions } from "../../rules/pinned-actions.ts";
import { derivedFindings } from "../../rules/workflow-derived.ts";
import { workflowNotes } from "../../rules/workflow-notes.ts";
import { safetyFindings } from "../../rules/workflow-safety.ts";
import {
  environmentOf,
  jobsOf,
  type TreeFile,
  type TreeFinding,
} from "../../rules/workflow-tree.ts";
import { checkText } from "../outputs/check-workflows.ts";
import type { Expectations } from "../outputs/expectations.ts";
import { PROJECT_ROOT } from "../project-root.ts";
import { readServedStacks, type ServedStack, serviceOf } from "./check-served.ts";
import { readTree, type SourceFile, workflowSources } from "./check-tree.ts";

/** What a check of the project's workflows found without asking anybody. */
export interface TreeCheck {
  /** Names of the stacks that the workflows serve. */
  readonly stacks: readonly string[];
  /** Paths of the workflows and actions. */
  readonly files: readonly string[];
  /** By file and line. */
  readonly findings: readonly TreeFinding[];
  /** What is no fault of theirs, and yet keeps runs from their end. */
  readonly notes: readonly TreeFinding[];
}

/**
 * Checks the workflows and actions of the project.
 * @throws ProblemsError that lists every fault of a stack's file; UserError for a catalogue that cannot be read
 */
export async function checkTree(pinned: PinnedActions): Promise<TreeCheck> {
  const [sources, stacks] = await Promise.all([workflowSources(PROJECT_ROOT), readServedStacks()]);
  return {
    stacks: stacks.map(({ name }) => name),
    files: sources.map(({ file }) => file),
    findings: findingsIn(sources, stacks, pinned),
    notes: notesIn(sources, stacks),
  };
}

/** What is wrong in workflows and actions that serve some stacks, by file and line. */
export function findingsIn(
  sources: readonly SourceFile[],
  stacks: readonly ServedStack[],
  pinned: PinnedActions,
): readonly TreeFinding[] {
  const { served, expectations } = serviceOf(stacks, sources);
  const files = sources.flatMap((source) => readTree(source) ?? []);
  const unread = sources
    .map(({ file }) => file)
    .filter((path) => !files.some(({ file }) => file === path));
  const findings = [
    ...sources.flatMap((source) => variableFindings(source, files, expectations)),
    ...safetyFindings(files, pinned),
    ...derivedFindings(files, served, unread),
  ];
  // Where the file's own faults are told, these are all that can be said of it.
  const told = findings.filter(({ rule }) => rule === "unreadable").map(({ file }) => file);
  const untold = unread.filter((file) => !told.includes(file)).map(unreadFinding);
  return [...findings, ...untold].sort(inOrder);
}

/** What keeps runs of workflows from their end and is no fault of theirs, by file and line. */
export function notesIn(
  sources: readonly SourceFile[],
  stacks: readonly ServedStack[],
): readonly TreeFinding[] {
  const files = sources.flatMap((source) => readTree(source) ?? []);
  return [...workflowNotes(files, serviceOf(stacks, sources).served)].sort(inOrder);
}

function inOrder(a: TreeFinding, b: TreeFinding): number {
  if (a.file === b.file) return a.line - b.line;
  return a.file < b.file ? -1 : 1;
}

/** A file that no rule could look at, which is so by itself where another rule does not say why. */
function unreadFinding(file: string): TreeFinding {
  return {
    ...{ file, line: 1, rule: "unreadable", edits: [] },
    message: "cannot be read as YAML without repetition, so that nothing in it is checked",
    remedy: "mend the file",
  };
}

/** What a file gets wrong about the variables of the stacks, each once. */
function variableFindings(
  { file, content }: SourceFile,
  files: readonly TreeFile[],
  stacks: readonly Expectations[],
): readonly TreeFinding[] {
  // Of environments that are written out another rule tells; of those in an expression this one does.
  const written = files.flatMap(jobsOf).flatMap((job) => environmentOf(job) ?? []);
  const found = stacks.flatMap((stack) => {
    const environments = [...stack.environments, ...written];
    return checkText(content, { ...stack, environments }).findings;
  });
  const findings = found.map(({ kind, line, message, remedy }) => {
    const rule = kind === "unreadable" ? kind : `variables: ${kind}`;
    return { file, line, rule, message, remedy, edits: [] };
  });
  return [...new Map(findings.map((one) => [`${one.line} ${one.message}`, one])).values()];
}
