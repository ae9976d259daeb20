import type {
  Change,
  EngineEvent,
  Failure,
  Operation,
  ResourceKind,
  ResourceRef,
  RunResult,
  StackOutputs,
  Step,
} from "./events.ts";
import type { PropertyChange } from "./property-diff.ts";
import { packageOfProvider } from "./providers.ts";
import { messageOf } from "./messages.ts";
import { rootType } from "./sdk.ts";
import type { ProgramEnd } from "./monitor.ts";
import { nameOf } from "./state.ts";
import { containsSecret, display } from "./values.ts";
import type { PropertyMap } from "./values.ts";

/** What is to be said of a resource's step. */
export interface StepDetails {
  readonly diff?: readonly PropertyChange[];
  readonly note?: string;
  readonly partOfReplace?: boolean;
}

interface Described {
  readonly urn: string;
  readonly type: string;
  readonly custom: boolean;
}

/** Collects what a run does, and tells it as it happens. */
export class Report {
  readonly #steps: Step[] = [];
  readonly #failures: Failure[] = [];
  readonly #notes: string[] = [];
  readonly #skipped: { readonly type: string; readonly name: string }[] = [];
  readonly #onEvent: (event: EngineEvent) => void;
  /** True for a plan and a preview. */
  readonly #planning: boolean;
  #outputs: StackOutputs = {};

  constructor(planning: boolean, onEvent: (event: EngineEvent) => void) {
    this.#planning = planning;
    this.#onEvent = onEvent;
  }

  get ok(): boolean {
    return this.#failures.length === 0 && this.#skipped.length === 0;
  }

  /** A step that costs nothing, or is only planned. */
  step(resource: Described, change: Change, details: StepDetails = {}): void {
    this.#add(resource, change, details, 0, this.#planning ? "planned" : "done");
  }

  /** Does the work of a step and tells its start, its end and how long it took; a failure is the caller's to tell. */
  async work<T>(
    resource: Described,
    change: Change,
    details: StepDetails,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#onEvent({
      kind: "resource",
      resource: kindOf(resource),
      ...describe(resource, change, details),
      phase: "start",
    });
    const begin = performance.now();
    const result = await work();
    this.#add(resource, change, details, (performance.now() - begin) / 1000, "done");
    return result;
  }

  fail(error: unknown, resource?: Described): void {
    const failure: Failure = {
      ...(resource === undefined ? {} : refOf(resource)),
      message: messageOf(error),
      error,
    };
    this.#failures.push(failure);
    this.#onEvent({ kind: "failure", failure });
  }

  note(message: string): void {
    this.#notes.push(message);
    this.#onEvent({ kind: "note", message });
  }

  /** What the program itself did wrong, and what it could not reach. */
  programEnded(end: ProgramEnd): void {
    for (const error of end.errors) this.fail(error);
    this.#skipped.push(...end.skipped);
  }

  outputs(outputs: PropertyMap): void {
    this.#outputs = shownOutputs(outputs);
  }

  result(operation: Operation, { project, stack }: { project: string; stack: string }): RunResult {
    const changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
    for (const { kind, partOfReplace, change } of this.#steps) {
      if (kind === "resource" && partOfReplace !== true) changes[change]++;
    }
    return {
      operation,
      project,
      stack,
      ok: this.ok,
      changes,
      steps: this.#steps,
      skipped: this.#skipped,
      failures: this.#failures,
      notes: this.#notes,
      outputs: this.#outputs,
    };
  }

  #add(
    resource: Described,
    change: Change,
    details: StepDetails,
    seconds: number,
    phase: "planned" | "done",
  ): void {
    const said = describe(resource, change, details);
    this.#steps.push({ kind: kindOf(resource), ...said, seconds });
    this.#onEvent({ kind: "resource", resource: kindOf(resource), ...said, phase, seconds });
  }
}

/** What a resource is, by its type. */
export function kindOf({ type, custom }: { type: string; custom: boolean }): ResourceKind {
  if (type === rootType) return "stack";
  if (!custom) return "component";
  return packageOfProvider(type) === undefined ? "resource" : "provider";
}

/** Stack outputs in their shown form, sorted by name. */
export function shownOutputs(outputs: PropertyMap): StackOutputs {
  return Object.fromEntries(
    Object.entries(outputs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, { value: display(value), secret: containsSecret(value) }]),
  );
}

function describe(
  resource: Described,
  change: Change,
  { diff = [], note, partOfReplace }: StepDetails,
): Omit<Step, "kind" | "seconds"> {
  return {
    ...refOf(resource),
    change,
    diff,
    ...(note === undefined ? {} : { note }),
    ...(partOfReplace === true ? { partOfReplace } : {}),
  };
}

function refOf({ urn, type }: Described): ResourceRef {
  return { urn, type, name: nameOf(urn) };
}
