import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { UserError } from "../../rules/problems.ts";
import {
  ACTIONS_VARIABLES,
  type ActionsVariableName,
  isVariable,
} from "../../rules/stack-outputs.ts";
import { suggestion } from "../../rules/suggestion.ts";
import type { Expectations } from "./expectations.ts";
import type { FileFinding, Finding } from "./finding.ts";
import { assumingJobs, hardCoded } from "./hard-coded.ts";
import type { Job, Place } from "./place.ts";
import { sameName, variableReads } from "./variable-reads.ts";
import { readWorkflowFile } from "./workflow-file.ts";

/** Bytes of workflows that take about a second. */
const MUCH = 1_000_000;

/** What a check of a file or folder found. */
export interface WorkflowCheck {
  /** Workflows and actions that were read, relative to the folder; of one file, its name. */
  readonly files: readonly string[];
  /** In the order of files and places; what is about the whole folder comes last. */
  readonly findings: readonly Finding[];
  /** Whether it was a folder, of which it is told what is unused. */
  readonly isWhole: boolean;
}

/**
 * Checks one workflow or action, or every one below a folder, against what a stack declares for them. Of one file
 * it does not say what is unused: others may read it.
 * @param path of the file or folder, absolute
 * @param say takes a line when it will take its time
 * @throws UserError when there is none in it, or it cannot be read
 */
export async function checkWorkflows(
  path: string,
  stack: Expectations,
  say: (line: string) => void = () => undefined,
): Promise<WorkflowCheck> {
  const isWhole = (await stat(path).catch(cannotRead(path))).isDirectory();
  const folder = isWhole ? path : dirname(path);
  const paths = isWhole ? await yamlFiles(path) : [path];
  const contents: Buffer[] = [];
  for (const one of paths) contents.push(await readFile(one).catch(cannotRead(one)));
  const bytes = contents.reduce((sum, { length }) => sum + length, 0);
  if (bytes >= MUCH) say(`reading ${paths.length} files, ${(bytes / 1e6).toFixed(0)} MB`);
  const files: string[] = [];
  const findings: Finding[] = [];
  const used = new Set<ActionsVariableName>();
  for (const [index, one] of paths.entries()) {
    const checked = checkText(contents[index] ?? "", stack);
    const file = relative(folder, one);
    findings.push(...checked.findings.map((finding) => ({ ...finding, file })));
    for (const variable of checked.used) used.add(variable);
    if (checked.isOurs) files.push(file);
  }
  if (files.length === 0 && findings.length === 0) {
    throw new UserError(
      `${path}: no workflow and no action in it; name a workflow, or a folder such as .github/workflows`,
    );
  }
  const unused = isWhole ? [...stack.variables].filter((variable) => !used.has(variable)) : [];
  return { files, findings: [...findings, ...unused.map(unusedFinding)], isWhole };
}

/** Checks what one file holds. */
export function checkText(
  content: Buffer | string,
  stack: Expectations,
): {
  /** Whether it is a workflow or an action. */
  readonly isOurs: boolean;
  readonly findings: readonly FileFinding[];
  readonly used: readonly ActionsVariableName[];
} {
  const { kind, places, jobs, faults } = readWorkflowFile(content);
  const unreadable = faults.map((fault) => ({
    kind: "unreadable" as const,
    ...fault,
    remedy: "mend the file",
  }));
  const guards = stepGuards(places);
  const reads = places.map((place) => {
    const { used, findings } = variableReads(place, kind, stack);
    const guarded = findings.length > 0 && isGuarded(place, guards, stack);
    return {
      used,
      findings: guarded ? findings.filter((one) => one.kind !== "unknown") : findings,
    };
  });
  const assuming = assumingJobs(places, stack);
  const all = [
    ...unreadable,
    ...jobs.flatMap((job) => strangeEnvironments(job, stack)),
    ...reads.flatMap((each) => each.findings),
    ...places.flatMap((place) => hardCoded(place, stack, assuming)),
  ];
  // What jobs repeat by an alias is written once.
  const findings = [
    ...new Map(
      all.map((one) => [`${one.kind} ${one.line}:${one.column} ${one.message}`, one]),
    ).values(),
  ];
  findings.sort((a, b) => a.line - b.line || a.column - b.column);
  return { isOurs: kind !== "other", findings, used: reads.flatMap((each) => each.used) };
}

/** The variable that each step says itself it runs only with, by where the step is. */
function stepGuards(places: readonly Place[]): ReadonlyMap<string, string> {
  return new Map(
    places.flatMap(({ path, text }) => {
      const name = /^\s*vars\.(\w+)\s*!=\s*''\s*$/.exec(text)?.[1];
      return path.length === 5 && path[4] === "if" && name !== undefined
        ? [[stepOf(path), name.toUpperCase()] as const]
        : [];
    }),
  );
}

/** A step that runs only where a stack declares a variable, and this one does not. */
function isGuarded(
  { path }: Place,
  guards: ReadonlyMap<string, string>,
  stack: Expectations,
): boolean {
  if (path[0] !== "jobs" || path[2] !== "steps") return false;
  const name = guards.get(stepOf(path)) ?? "";
  return isVariable(name) && !stack.variables.has(name);
}

function stepOf(path: readonly string[]): string {
  return path.slice(0, 4).join("\n");
}

function strangeEnvironments(
  { name, environments = [], environmentAt }: Job,
  stack: Expectations,
): readonly FileFinding[] {
  if (environmentAt === undefined) return [];
  return environments
    .filter((entered) => entered !== "")
    .filter((entered) => !stack.environments.some((known) => sameName(known, entered)))
    .map((entered) => ({
      kind: "unknown",
      ...environmentAt,
      message: `job ${name} enters ${JSON.stringify(entered)}, an environment that stack ${stack.stack} does not declare`,
      remedy: `name one that the stack declares${suggestion(entered, stack.environments)}, or declare it under slipway:environments`,
    }));
}

function unusedFinding(variable: ActionsVariableName): Finding {
  const { place, readers } = ACTIONS_VARIABLES[variable];
  const where = place === "repository" ? "of the repository" : `of the environment ${place}`;
  return {
    kind: "unused",
    file: null,
    line: null,
    column: null,
    message: `nothing reads ${variable} ${where}`,
    remedy: `it is for ${readers}`,
  };
}

/** Every file of YAML below a folder, sorted. */
async function yamlFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    cannotRead(folder),
  );
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/node_modules/"))
    .sort();
}

function cannotRead(path: string): (error: unknown) => never {
  return (error) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `${path}: cannot be read (${why}); name a workflow, or a folder of workflows`,
    );
  };
}
