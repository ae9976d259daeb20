import { z } from "zod";
import {
  ACTIONS_VARIABLES,
  type ActionsVariableName,
  isVariable,
} from "../../rules/stack-outputs.ts";
import { suggestion } from "../../rules/suggestion.ts";
import type { Expectations } from "./expectations.ts";
import { type Read, readsOf } from "./expression.ts";
import type { FileFinding } from "./finding.ts";
import { isBare, isEarly, type Place } from "./place.ts";
import type { WorkflowFile } from "./workflow-file.ts";

/** What a text reads of the stack's variables, and what is wrong with it. */
export interface VariableReads {
  readonly used: readonly ActionsVariableName[];
  readonly findings: readonly FileFinding[];
}

const OURS = /^SLIPWAY_/i;
/** A text that is a variable and nothing else. */
const ONLY = /^\s*\$\{\{\s*vars\.(\w+)\s*\}\}\s*$/i;

/** Checks what a text reads. */
export function variableReads(
  place: Place,
  kind: WorkflowFile["kind"],
  stack: Expectations,
): VariableReads {
  const { reads, faults } = readsOf(place.text, isBare(place));
  const used: ActionsVariableName[] = [];
  const findings: FileFinding[] = faults.map(({ offset, message }) => ({
    kind: "unreadable",
    ...place.at(offset, place.text.slice(offset, offset + 1)),
    message: `no expression that GitHub reads: ${message}`,
    remedy: "mend it",
  }));
  for (const read of reads) {
    const name = variableOf(read, place);
    if (name === undefined) continue;
    const at = (word: Read["name"]) => place.at(word.offset, word.text);
    const upper = name.toUpperCase();
    if (!isVariable(upper) || !stack.variables.has(upper)) {
      findings.push({ kind: "unknown", ...at(read.name), ...unknown(name, stack) });
      continue;
    }
    used.push(upper);
    const astray = read.context === "vars" ? outOfReach(upper, place, kind) : undefined;
    if (astray) findings.push({ kind: "out of reach", ...at(read.name), ...astray });
    const key = read.keys.find((_, index) => !hasKey(upper, read.keys.slice(0, index + 1), stack));
    if (key) findings.push({ kind: "unknown", ...at(key), ...unknownKey(upper, key.text, stack) });
  }
  return { used, findings };
}

/** The variable of ours that is read: itself, or by an environment variable that holds it and nothing else. */
function variableOf({ context, name, keys }: Read, { env }: Place): string | undefined {
  if (context === "vars") return OURS.test(name.text) ? name.text : undefined;
  // Where the environment variable gets its value, the variable itself is read and checked.
  if (context !== "env" || keys.length === 0) return undefined;
  const held = ONLY.exec(env.get(name.text) ?? "")?.[1];
  return held !== undefined && OURS.test(held) && isVariable(held.toUpperCase()) ? held : undefined;
}

type Advice = Pick<FileFinding, "message" | "remedy">;

function unknown(name: string, { stack, variables }: Expectations): Advice {
  const message = isVariable(name.toUpperCase())
    ? `stack ${stack} does not declare the variable ${name}`
    : `no stack declares the variable ${name}`;
  return { message, remedy: `name one that the stack declares${suggestion(name, variables)}` };
}

function unknownKey(variable: ActionsVariableName, key: string, stack: Expectations): Advice {
  const keys = keysOf(variable, stack);
  const message = `${variable} of stack ${stack.stack} has no key ${JSON.stringify(key)}`;
  if (keys === undefined) {
    const is = ACTIONS_VARIABLES[variable].form === "json" ? "a list" : "text and no JSON";
    return { message, remedy: `read it as it is: it is ${is}` };
  }
  const written = keys.map((each) => (each.includes(".") ? `['${each}']` : `.${each}`));
  return { message, remedy: `write ${written.join(" or ")}` };
}

/** Why a variable is empty in this place. */
function outOfReach(
  variable: ActionsVariableName,
  place: Place,
  kind: WorkflowFile["kind"],
): Advice | undefined {
  const { place: environment } = ACTIONS_VARIABLES[variable];
  const { path, job } = place;
  if (kind === "action") {
    const message = "actions have no vars";
    return {
      message,
      remedy: "declare an input, and give it the variable where the action is used",
    };
  }
  if (environment === "repository") return undefined;
  const rule = `${variable} is a variable of the environment ${environment}`;
  if (job === undefined) {
    return {
      message: `${rule}, and no job has entered it here`,
      remedy: "read it in a step of such a job",
    };
  }
  if (isEarly(place)) {
    return {
      message: `${rule}, which the job enters after its ${path[2] ?? ""} is read`,
      remedy: "read it in a step",
    };
  }
  const { name, environments } = job;
  if (environments === undefined || environments.some((each) => sameName(each, environment))) {
    return undefined;
  }
  const entered = environments.length === 0 ? "no environment" : environments.join(" or ");
  return {
    message: `${rule}, and job ${name} enters ${entered}`,
    remedy: `give the job environment: ${environment}, or take the step to a job that has it`,
  };
}

/** GitHub does not tell names of environments apart by the case of letters. */
export function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Whether the JSON of a variable has what a chain of keys reads. */
function hasKey(variable: ActionsVariableName, keys: Read["keys"], stack: Expectations): boolean {
  const known = keysOf(variable, stack);
  const [first, ...others] = keys;
  if (first === undefined) return true;
  if (known === undefined) return /^\d+$/.test(first.text) && others.length === 0;
  return others.length === 0 && known.some((key) => sameName(key, first.text));
}

/** Keys of the map that a variable holds as JSON; undefined where it is a list. */
function keysOf(
  variable: ActionsVariableName,
  { registries }: Expectations,
): readonly string[] | undefined {
  const { shape } = ACTIONS_VARIABLES[variable];
  return shape instanceof z.ZodRecord ? registries : undefined;
}
